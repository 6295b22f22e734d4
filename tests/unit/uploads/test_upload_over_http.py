"""Through a real Hypercorn: what a client sees of a refusal, and how much a slow storage lets in."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart

from playhead.sessions.commands import Commands
from playhead.storage import PART_BYTES, Storage, Writer
from playhead.uploads.body_guard import WINDOW_BYTES, BodyGuard
from playhead.uploads.limits import Limits
from playhead.uploads.routes import routes as upload_routes
from tests.support.waiting import async_until
from tests.unit.accounts.rooms import OURS, PASSWORD, accounts_of, app_of, database_of, settings_in
from tests.unit.uploads.world import FLAC, World, world_in

MAX_BYTES = 200 * 1024**2
FORM = {"Content-Type": "multipart/form-data; boundary=xyz"}
HEAD = b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.flac"\r\n\r\n'
END = b"\r\n--xyz--\r\n"
PIECE = bytes(64 * 1024)


def kernel_buffers() -> int:
    """What a connection's two buffers hold at most, by this machine's settings: from 10 to 40 MB."""
    limits = [Path(f"/proc/sys/net/ipv4/tcp_{name}") for name in ("rmem", "wmem")]
    return sum(int(limit.read_text().split()[2]) if limit.exists() else 5 * 1024**2 for limit in limits)


IN_FLIGHT_BYTES = kernel_buffers() + 2 * 1024**2
"""With Hypercorn's queue of ten."""
PIECES = 2 * (WINDOW_BYTES + IN_FLIGHT_BYTES) // len(PIECE)
"""Of one upload: twice what may be on its way while the storage waits."""


class SlowStorage(Storage):
    """A real folder whose writers wait until the gate opens."""

    gate: asyncio.Event

    @asynccontextmanager
    async def writer(self, key: str) -> AsyncIterator[Writer]:
        async with super().writer(key) as writer:
            await self.gate.wait()
            yield writer


@asynccontextmanager
async def served(app: Quart) -> AsyncIterator[str]:
    app.config["MAX_CONTENT_LENGTH"] = None
    routes = (("POST", "/api/v1/sessions"), ("POST", "/api/v1/uploads"), ("PATCH", "/api/v1/uploads/"))
    app.asgi_app = BodyGuard(app.asgi_app, dict.fromkeys(routes, MAX_BYTES))  # type: ignore[method-assign]
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config, stop = Config(), asyncio.Event()
    config.bind, config.errorlog = [f"fd://{listener.detach()}"], None
    server = asyncio.ensure_future(serve(app, config, shutdown_trigger=stop.wait))
    yield f"http://127.0.0.1:{port}"
    stop.set()
    await server


async def sign_up(client: httpx.AsyncClient, email: str = "ada@example.org") -> None:
    body = {"email": email, "password": PASSWORD}
    assert (await client.post("/api/v1/auth/register", json=body)).status_code == 201


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield PIECE


@pytest.mark.parametrize(
    ("path", "refusal"),
    [("/api/v1/sessions", (401, "not_signed_in")), ("/api/v1/auth/login", (413, "too_large"))],
)
async def test_sender_of_a_long_body_reads_why_it_was_refused(
    world: World, path: str, refusal: tuple[int, str]
) -> None:
    async with served(world.app) as url, httpx.AsyncClient(base_url=url, headers=OURS, trust_env=False) as client:
        response = await client.post(path, content=pieces(PIECES))
    assert (response.status_code, response.json()["code"]) == refusal


async def test_sender_of_what_is_no_recording_reads_so(world: World) -> None:
    async with served(world.app) as url, httpx.AsyncClient(base_url=url, headers=OURS, trust_env=False) as client:
        await sign_up(client)
        response = await client.post("/api/v1/sessions", files={"file": ("a.txt", b"x" * 15_000_000)})
        assert (response.status_code, response.json()["code"]) == (415, "unsupported_media")
        assert world.files() == []


async def test_refused_upload_leaves_no_task_behind(world: World) -> None:
    async with served(world.app) as url:
        async with httpx.AsyncClient(base_url=url, headers=OURS, trust_env=False) as client:
            await sign_up(client)
            response = await client.post("/api/v1/sessions", files={"file": ("a.txt", bytes(4 * WINDOW_BYTES))})
            assert response.status_code == 415
        await async_until(lambda: not requests(), "the request ends with its connection")


def requests() -> list[str]:
    """Quart's tasks of requests that have not ended: each keeps what came of its body."""
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    return [name for name in names if name.startswith("ASGIHTTPConnection")]


async def test_slow_upload_gives_its_slot_to_somebody_without_one(tmp_path: Path) -> None:
    go_on = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield HEAD + FLAC
        async for piece in pieces(PART_BYTES // len(PIECE)):  # so that it can be seen in storage
            yield piece
        await go_on.wait()
        yield END

    limits = Limits(max_bytes=MAX_BYTES, slots=1, grace_s=0.0, contended_bytes_s=10**12, contended_most_bytes_s=10**12)
    async with (
        world_in(tmp_path, limits=limits) as world,
        served(world.app) as url,
        httpx.AsyncClient(base_url=url, headers=OURS, trust_env=False) as ada,
        httpx.AsyncClient(base_url=url, headers=OURS, trust_env=False) as grace,
    ):
        await sign_up(ada)
        await sign_up(grace, "grace@example.org")
        upload = asyncio.ensure_future(ada.post("/api/v1/sessions", content=slowly(), headers=FORM))
        await async_until(world.files, "the slow upload has a slot")
        hers = await grace.post("/api/v1/sessions", files={"file": ("a.flac", FLAC)})
        assert hers.status_code == 201
        go_on.set()
        given = await upload
        assert (given.status_code, given.json()["code"]) == (503, "busy")
        assert int(given.headers["Retry-After"]) > 0
        assert [path.stat().st_size for path in world.files()] == [len(FLAC)]


async def test_slow_storage_makes_the_sender_wait(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    storage = SlowStorage.from_url((tmp_path / "audio").as_uri())
    assert isinstance(storage, SlowStorage)
    storage.gate = asyncio.Event()
    sent = 0

    async def form() -> AsyncIterator[bytes]:
        nonlocal sent
        yield HEAD + FLAC
        async for piece in pieces(PIECES):
            sent += len(piece)
            yield piece
        yield END

    async def quiet(*_: object) -> None: ...

    async with database_of(settings) as database:
        commands = Commands(database=database, publish=quiet, enqueue=quiet, delete_recording=storage.delete)
        uploads = upload_routes(storage, commands, Limits(max_bytes=MAX_BYTES))
        app = app_of(settings, database, accounts_of(database), uploads)
        async with served(app) as url, httpx.AsyncClient(base_url=url, headers=OURS, trust_env=False) as client:
            await sign_up(client)
            upload = asyncio.ensure_future(client.post("/api/v1/sessions", content=form(), headers=FORM))
            before = -1
            while sent != before or sent == 0:  # until the sender stands still
                before = sent
                await asyncio.wait([upload], timeout=0.2)
            stood_at = sent
            storage.gate.set()  # before anything is said of it: a storage that waits for ever holds up the end
            response = await upload
    assert stood_at <= WINDOW_BYTES + IN_FLIGHT_BYTES
    assert response.status_code == 201
    assert response.json()["size_bytes"] == len(FLAC) + sent == len(FLAC) + PIECES * len(PIECE)
