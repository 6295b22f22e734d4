"""What happens to an upload in the middle of one of its requests, or in the middle of its end."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from playhead.quotas import Quotas
from playhead.sessions import repository, uploading
from playhead.sessions.models import NewSession, Session, SessionRow
from playhead.sessions.rows import session_of
from playhead.storage import Appender, Storage, StorageGone
from playhead.uploads.arriving import Arriving, Cut
from playhead.uploads.body_guard import Meter
from playhead.uploads.slots import UploadSlot
from playhead.uploads.tus.append import NOTE_S, Chunk, append
from playhead.uploads.tus.incoming import Body
from tests.support.waiting import async_until
from tests.unit.accounts.rooms import sign_up
from tests.unit.accounts.test_scopes import make
from tests.unit.uploads.test_tus_hostile import HALF, LONG, begin, halves, offset_of, over_http, running, stored
from tests.unit.uploads.tus_client import BYTES, ROUTE, TUS, Tus, metadata
from tests.unit.uploads.world import FLAC, LIMITS, World, world_in


class Hooked(Storage):
    """A folder that calls back before each write and behind the last, and may be away for those who read."""

    before_write: Callable[[], Coroutine[Any, Any, object]] | None = None
    behind_last: Callable[[], Coroutine[Any, Any, object]] | None = None
    is_away = has_hole = False

    @asynccontextmanager
    async def append(self, key: str, offset: int) -> AsyncIterator[Appender]:
        async with super().append(key, offset) as appender:
            yield _HookedAppender(appender, self)
        if self.behind_last is not None:
            await self.behind_last()

    async def stored(self, key: str) -> int:
        if self.is_away:
            raise StorageGone("switched off")
        return await super().stored(key)

    async def stream(self, key: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes]:
        if self.has_hole:
            raise FileNotFoundError
        return await super().stream(key, start, stop)


class _HookedAppender:
    def __init__(self, appender: Appender, storage: Hooked) -> None:
        self._appender, self._storage = appender, storage

    @property
    def stored(self) -> int:
        return self._appender.stored

    async def write(self, data: bytes | memoryview) -> None:
        if self._storage.before_write is not None:
            await self._storage.before_write()
        await self._appender.write(data)


@asynccontextmanager
async def hooked(tmp_path: Path, **options: Any) -> AsyncIterator[tuple[World, Tus, Hooked]]:
    async with world_in(tmp_path, storage=Hooked, **options) as world:
        client = world.app.test_client()
        await sign_up(client)
        storage = world.incoming.recordings
        assert isinstance(storage, Hooked)
        yield world, Tus(client), storage


async def session_in(world: World) -> Session:
    found: Session = await world.database.run(
        lambda db: session_of(db.scalars(select(SessionRow)).one())  # the only one
    )
    return found


def body(*pieces: bytes) -> Body:
    async def come() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return Body(pieces=come(), meter=Meter(), declared=None, address="hers")


async def test_token_that_may_only_read_ends_no_request(world: World) -> None:
    go_on = asyncio.Event()

    async with over_http(world) as client:
        made = (await client.post("/api/v1/tokens", json={"name": "CI", "scope": "read"})).json()
        path = await begin(client)
        sending = asyncio.ensure_future(
            client.patch(path, content=halves(go_on), headers=BYTES | {"Upload-Offset": "0"})
        )
        await async_until(lambda: stored(world) == [LONG[:HALF]])
        bearer = {"Authorization": f"Bearer {made['secret']}"}
        async with httpx.AsyncClient(base_url=client.base_url, headers=TUS | bearer, trust_env=False) as robot:
            assert await offset_of(robot, path) == HALF
        assert running(world)
        go_on.set()
        assert (await sending).status_code == 204


async def test_token_that_may_only_read_queues_nothing(tmp_path: Path) -> None:
    async with world_in(tmp_path, quotas=Quotas(queued=1)) as world:
        client, robot = world.app.test_client(), world.app.test_client()
        await sign_up(client)
        bearer, _ = await make(client, scope="read")
        tus = Tus(client)
        first, second = await tus.begin(), await tus.begin()
        await tus.append(first, 0, FLAC)
        assert (await tus.append(second, 0, FLAC)).status_code == 429
        await tus.ask("DELETE", first)
        answer = await robot.open(second, method="HEAD", json=None, headers=TUS | bearer)
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (200, str(len(FLAC)))
        assert len(world.enqueued) == 1
        assert await tus.offset(second) == len(FLAC)
        assert len(world.enqueued) == 2


async def created(tus: Tus, data: bytes = FLAC, length: int = len(FLAC), **headers: str) -> tuple[int, str | None, str]:
    """Begins an upload with its first bytes; the answer's status, the offset, and where the upload is."""
    given = (
        {"Upload-Length": str(length)}
        | metadata()
        | BYTES
        | {name.replace("_", "-"): headers[name] for name in headers}
    )
    answer = await tus.ask("POST", ROUTE, given, data)
    return answer.status_code, answer.headers.get("Upload-Offset"), answer.headers.get("Location", "")


async def test_creation_passes_though_the_storage_is_away(tmp_path: Path) -> None:
    async with hooked(tmp_path) as (_, tus, storage):
        storage.is_away = True
        status, offset, path = await created(tus)
        assert (status, offset) == (201, "0")
        storage.is_away = False
        assert (await tus.append(path, 0, FLAC)).status_code == 204


async def test_creation_passes_though_nothing_can_be_noted(world: World, tus: Tus) -> None:
    world.database.away = {uploading.note}
    assert (await created(tus, FLAC[:HALF]))[:2] == (201, str(HALF))


async def test_creation_passes_though_the_queue_has_become_full(tmp_path: Path) -> None:
    async with hooked(tmp_path, quotas=Quotas(queued=1)) as (world, tus, storage):

        async def fill() -> None:
            ours = (await session_in(world)).owner_id
            new = NewSession(id="1", owner_id=ours, filename="a", size_bytes=1, audio_key="audio/1")
            await world.incoming.commands.create(new)

        storage.behind_last = fill
        assert (await created(tus))[:2] == (201, str(len(FLAC)))
        assert world.enqueued == ["1"]


async def test_creation_with_a_longer_body_begins_nothing(tus: Tus) -> None:
    assert (await created(tus, FLAC, len(FLAC) - 1))[0] == 413
    sessions = await (await tus.ask("GET", "/api/v1/sessions")).get_json()
    assert sessions["sessions"] == []


async def test_creation_passes_though_undeclared_bytes_are_too_many(tus: Tus) -> None:
    status, offset, path = await created(tus, FLAC, len(FLAC) - 1, Content_Length="")
    assert (status, offset) == (201, "0")
    assert await tus.offset(path) == 0


async def test_empty_piece_notes_nothing(world: World) -> None:
    noted = []

    async def note(stored: int, _: float | None) -> bool:
        noted.append(stored)
        return True

    slot, moments = UploadSlot("ada", "hers", LIMITS), count(0.0, NOTE_S)
    arriving = Arriving(body(b"", FLAC).pieces, Meter(), slot)
    chunk = Chunk(key="audio/1", length=2 * len(FLAC), offset=0, declared=None, body=arriving)
    assert await append(world.incoming.recordings, chunk, slot, Cut(), note, lambda: next(moments)) == len(FLAC)
    assert noted == [len(FLAC)]


@pytest.mark.parametrize(("end", "status"), [(repository.cancel, 410), (repository.remove, 404)])
async def test_end_behind_the_last_byte_leaves_nothing(tmp_path: Path, end: Any, status: int) -> None:
    async with hooked(tmp_path) as (world, tus, storage):

        async def from_another_process() -> None:
            session = await session_in(world)
            await world.database.run(end, session.id, session.owner_id)  # its bytes were deleted before these came

        path = await tus.begin()
        storage.behind_last = from_another_process
        assert (await tus.append(path, 0, FLAC)).status_code == status
        assert stored(world) == []
        assert world.enqueued == []


async def test_what_is_no_recording_is_deleted_though_its_client_has_left(tmp_path: Path) -> None:
    async with hooked(tmp_path) as (world, tus, storage):
        is_writing, go_on = asyncio.Event(), asyncio.Event()

        async def gate() -> None:
            is_writing.set()
            await go_on.wait()

        await tus.begin(100_000)
        storage.before_write = gate
        pieces = body(b"MZ", bytes(90_000))
        sending = asyncio.ensure_future(world.incoming.append(await session_in(world), 0, pieces))
        await is_writing.wait()
        sending.cancel()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert stored(world) == []
        sessions = await (await tus.ask("GET", "/api/v1/sessions")).get_json()
        assert sessions["sessions"] == []


async def test_bytes_behind_a_hole_are_not_judged(tmp_path: Path) -> None:
    async with hooked(tmp_path) as (world, tus, storage):
        path = await tus.begin()
        await tus.append(path, 0, FLAC[:HALF])
        storage.has_hole = True
        assert (await tus.append(path, HALF, bytes(len(FLAC) - HALF))).status_code == 204
        assert len(world.enqueued) == 1
