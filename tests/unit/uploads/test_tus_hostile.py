"""What hostile clients do to resumable uploads: each is refused or bounded, and no upload of anybody suffers.

Over 300 lines: one list of it all, in which what is missing can be seen.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from playhead.errors import Problem
from playhead.quotas import Quotas
from playhead.sessions import repository, uploading
from playhead.sessions.models import SessionRow
from playhead.uploads.limits import Limits
from playhead.uploads.tus.protocol import METADATA_BYTES
from playhead.uploads.tus.running import WAITING_MAX, RunningUploads
from tests.support.waiting import async_until
from tests.unit.accounts.rooms import OURS, code, sign_up
from tests.unit.uploads.test_upload_over_http import served
from tests.unit.uploads.test_upload_over_http import sign_up as sign_up_over_http
from tests.unit.uploads.tus_client import BYTES, ROUTE, TUS, Tus, encoded, metadata, session_of
from tests.unit.uploads.world import FLAC, LIMITS, World, world_in

HALF = len(FLAC) // 2
LONG = FLAC + bytes(900_000)


def stored(world: World) -> list[bytes]:
    return [file.read_bytes() for file in world.files()]


@asynccontextmanager
async def over_http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A signed-in client of the world behind a real Hypercorn."""
    async with (
        served(world.app) as url,
        httpx.AsyncClient(base_url=url, headers=OURS | TUS, trust_env=False, timeout=60) as client,
    ):
        await sign_up_over_http(client)
        yield client


async def halves(go_on: asyncio.Event, second: bytes = LONG[HALF:]) -> AsyncIterator[bytes]:
    """A body whose second half comes only when it may go on."""
    yield LONG[:HALF]
    await go_on.wait()
    yield second


async def begin(client: httpx.AsyncClient, length: int = len(LONG)) -> str:
    made = await client.post(ROUTE, headers={"Upload-Length": str(length)} | metadata())
    assert made.status_code == 201
    return str(made.headers["Location"])


async def offset_of(client: httpx.AsyncClient, path: str) -> int:
    return int((await client.head(path)).headers["Upload-Offset"])


# 1. wrong offset


async def test_wrong_offset_changes_nothing(world: World, tus: Tus) -> None:
    path = await tus.begin()
    await tus.append(path, 0, FLAC[:HALF])
    for wrong in (0, HALF - 1, HALF + 1, len(FLAC) + 1, 10**18):
        assert await code(await tus.append(path, wrong, FLAC[:9])) == (409, "wrong_offset")
    assert stored(world) == [FLAC[:HALF]]


# 2. longer than it said


async def test_declared_body_beyond_the_length_stores_nothing(world: World) -> None:
    async with over_http(world) as client:
        path = await begin(client)
        answer = await client.patch(path, content=LONG + b"x", headers=BYTES | {"Upload-Offset": "0"})
        assert (answer.status_code, answer.json()["code"]) == (413, "beyond_length")
        assert await offset_of(client, path) == 0


async def test_body_of_unknown_length_stores_no_byte_beyond_it(world: World) -> None:
    async def longer() -> AsyncIterator[bytes]:
        yield FLAC
        for _ in range(2 * len(LONG) // 50_000):
            yield bytes(50_000)

    async with over_http(world) as client:
        path = await begin(client)
        headers = BYTES | {"Upload-Offset": "0"}
        answer = await client.patch(path, content=longer(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "beyond_length")
    assert sum(map(len, stored(world))) <= len(LONG)


# 3. two at once


async def test_newer_request_ends_the_older_one(world: World) -> None:
    go_on = asyncio.Event()

    async with over_http(world) as client:
        path, headers = await begin(client), BYTES | {"Upload-Offset": "0"}
        older = asyncio.ensure_future(client.patch(path, content=halves(go_on), headers=headers))
        await async_until(lambda: stored(world) == [LONG[:HALF]], "the older one appends")
        assert await offset_of(client, path) == HALF
        assert not running(world), "it was ended by the question alone"
        newer = await client.patch(path, content=LONG[HALF:], headers=BYTES | {"Upload-Offset": str(HALF)})
        assert newer.status_code == 204
        go_on.set()
        ended = await older
        assert (ended.status_code, ended.json()["code"]) == (409, "upload_superseded")
    assert stored(world) == [LONG]
    assert len(world.enqueued) == 1


async def test_many_at_once_store_each_byte_once(world: World) -> None:
    async with over_http(world) as client:
        path, headers = await begin(client), BYTES | {"Upload-Offset": "0"}
        answers = await asyncio.gather(*(client.patch(path, content=LONG, headers=headers) for _ in range(8)))
        codes = {answer.status_code for answer in answers}
        assert codes <= {204, 409, 423, 429}
        at = await offset_of(client, path)
        await client.patch(path, content=LONG[at:], headers=BYTES | {"Upload-Offset": str(at)})
    assert stored(world) == [LONG]
    assert len(world.enqueued) == 1


# 4. somebody else's


async def test_upload_of_somebody_else_is_not_there(world: World, tus: Tus) -> None:
    path = await tus.begin()
    await tus.append(path, 0, FLAC[:HALF])
    other = world.app.test_client()
    await sign_up(other, "eve@example.org")
    eve = Tus(other)
    assert await code(await eve.append(path, HALF, FLAC[HALF:])) == (404, "session_not_found")
    assert [(await eve.ask(method, path)).status_code for method in ("HEAD", "DELETE")] == [404, 404]
    assert stored(world) == [FLAC[:HALF]]


async def test_page_of_another_site_cannot_send(tus: Tus) -> None:
    path = await tus.begin()
    for headers in ({"X-Requested-With": ""}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await tus.create(headers=headers)).status_code == 403
        assert (await tus.ask("PATCH", path, BYTES | {"Upload-Offset": "0"} | headers, b"fLaC")).status_code == 403
        assert (await tus.ask("POST", path, {"X-HTTP-Method-Override": "DELETE"} | headers)).status_code == 403
    assert await tus.offset(path) == 0


# 5. numbers that are none

NUMBERS = ["-1", "+1", "1.0", "1e3", "0x10", "NaN", "Infinity", " ", "1 2", "1,2", "٣", "²", "9" * 20, "9" * 5000]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:12])
async def test_number_that_is_none_is_refused(world: World, tus: Tus, number: str) -> None:
    assert (await tus.create(number)).status_code == 400
    path = await tus.begin()
    assert (await tus.append(path, number, FLAC)).status_code == 400
    assert stored(world) == []


async def test_terabytes_are_refused_before_a_byte(tus: Tus) -> None:
    assert await code(await tus.create(10**13)) == (413, "too_large")


# 6. header bombs


@pytest.mark.parametrize(
    "value",
    [
        "filename " + "A" * METADATA_BYTES,
        ",".join(f"k{number} YQ==" for number in range(1000)),
        "filename YQ==" + "," * 2000,
        "filename ////",
        "filename \u00e9",
        "filename 7aCA",
        "fi lename YQ== YQ==",
        "filename YQ==,FILENAME,,",
    ],
    ids=["long", "many keys", "commas", "no UTF-8", "no ASCII", "a surrogate", "spaces", "empty keys"],
)
async def test_metadata_that_are_none_are_refused(tus: Tus, value: str) -> None:
    assert await code(await tus.create(headers={"Upload-Metadata": value})) == (400, "invalid")


# 7. names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\a.mp3", "a.mp3"),
        ("a\0b.mp3", "ab.mp3"),
        ("\r\nSet-Cookie: a=b", "Set-Cookie: a=b"),
        ("\u202egpj.mp3", "gpj.mp3"),
        ("", "audio"),
        ("x" * 999 + ".mp3", "x" * 251 + ".mp3"),
    ],
)
async def test_name_is_for_display_alone(world: World, tus: Tus, name: str, shown: str) -> None:
    path = await tus.begin(headers=metadata(name))
    await tus.append(path, 0, FLAC)
    session = await (await tus.ask("GET", session_of(path))).get_json()
    assert session["filename"] == shown
    assert [file.name for file in world.files()] == [Path(path).name]
    assert (await tus.ask("HEAD", path)).headers["Upload-Metadata"] == f"filename {encoded(shown)}"


@pytest.mark.parametrize("key", ["..", "%2e%2e%2f", "a%00b", "' OR 1=1", "audio", "x" * 4000])
async def test_path_that_is_no_id_is_404(tus: Tus, key: str) -> None:
    answers = [await tus.ask(method, f"{ROUTE}/{key}") for method in ("HEAD", "DELETE")]
    answers.append(await tus.append(f"{ROUTE}/{key}", 0, b"a"))
    assert {answer.status_code for answer in answers} == {404}


# 8. slow and silent bodies


async def test_silent_body_is_ended_and_what_came_is_kept(tmp_path: Path) -> None:
    async def silent() -> AsyncIterator[bytes]:
        yield FLAC[:HALF]
        await asyncio.Event().wait()

    limits = Limits(max_bytes=LIMITS.max_bytes, idle_s=0.1)
    async with world_in(tmp_path, limits=limits) as world, over_http(world) as client:
        path = await begin(client)
        sending = asyncio.ensure_future(client.patch(path, content=silent(), headers=BYTES | {"Upload-Offset": "0"}))
        await async_until(lambda: stored(world) == [FLAC[:HALF]] and not running(world), "it was ended")
        assert await offset_of(client, path) == HALF
        sending.cancel()


def running(world: World) -> bool:
    """Whether a request appends."""
    return bool(world.slots.held)


async def test_slow_body_gives_its_slot_to_others_and_keeps_its_bytes(tmp_path: Path) -> None:
    go_on = asyncio.Event()

    limits = Limits(
        max_bytes=LIMITS.max_bytes, slots=1, grace_s=0.0, contended_bytes_s=10**12, contended_most_bytes_s=10**12
    )
    async with world_in(tmp_path, limits=limits) as world, over_http(world) as ada:
        path = await begin(ada)
        slow = asyncio.ensure_future(ada.patch(path, content=halves(go_on), headers=BYTES | {"Upload-Offset": "0"}))
        await async_until(lambda: stored(world) == [LONG[:HALF]])
        async with httpx.AsyncClient(base_url=ada.base_url, headers=OURS | TUS, trust_env=False) as grace:
            await sign_up_over_http(grace, "grace@example.org")
            hers = await begin(grace, len(FLAC))
            answer = await grace.patch(hers, content=FLAC, headers=BYTES | {"Upload-Offset": "0"})
            assert answer.status_code == 204
        go_on.set()
        refused = await slow
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert await offset_of(ada, path) == HALF


# 9. after the end


async def test_patch_after_the_last_byte_adds_nothing(world: World, tus: Tus) -> None:
    path = await tus.begin()
    await tus.append(path, 0, FLAC)
    assert await code(await tus.append(path, len(FLAC), b"x")) == (413, "beyond_length")
    undeclared = await tus.append(path, len(FLAC), b"x", Content_Length="")
    assert undeclared.status_code == 204
    assert stored(world) == [FLAC]
    assert len(world.enqueued) == 1


# 10. after a cancel


async def test_patch_after_a_cancel_is_410_and_leaves_nothing(world: World, tus: Tus) -> None:
    path = await tus.begin()
    await tus.append(path, 0, FLAC[:HALF])
    assert (await tus.ask("POST", f"{session_of(path)}/cancel")).status_code == 202
    assert await code(await tus.append(path, HALF, FLAC[HALF:])) == (410, "upload_gone")
    assert (await tus.ask("HEAD", path)).status_code == 410
    assert stored(world) == []


@pytest.mark.parametrize("end", ["cancel", "delete"])
async def test_end_in_the_middle_of_a_chunk_leaves_nothing(world: World, end: str) -> None:
    go_on = asyncio.Event()

    async with over_http(world) as client:
        path = await begin(client)
        sending = asyncio.ensure_future(
            client.patch(path, content=halves(go_on), headers=BYTES | {"Upload-Offset": "0"})
        )
        await async_until(lambda: stored(world) == [LONG[:HALF]])
        session = session_of(path)
        ended = await (client.post(f"{session}/cancel") if end == "cancel" else client.delete(session))
        assert ended.status_code in (202, 204)
        go_on.set()
        assert (await sending).status_code in (404, 409, 410)
        assert (await client.head(path)).status_code == (410 if end == "cancel" else 404)
    assert stored(world) == []
    assert world.enqueued == []


async def test_session_deleted_by_another_process_leaves_nothing(world: World) -> None:
    go_on = asyncio.Event()

    async with over_http(world) as client:
        path = await begin(client)
        sending = asyncio.ensure_future(
            client.patch(path, content=halves(go_on, LONG[HALF:-1]), headers=BYTES | {"Upload-Offset": "0"})
        )
        await async_until(lambda: stored(world) == [LONG[:HALF]])
        session = await world.database.run(lambda db: db.scalars(select(SessionRow)).one())
        await world.database.run(repository.remove, session.id, session.owner_id)  # its bytes are not there yet
        go_on.set()
        assert (await sending).status_code == 404
    assert stored(world) == []


# 11. quotas and too many


async def test_quota_counts_what_was_announced(tmp_path: Path) -> None:
    async with world_in(tmp_path, quotas=Quotas(bytes=900_000)) as world:
        client = world.app.test_client()
        await sign_up(client)
        tus = Tus(client)
        first = await tus.create(800_000)
        assert await code(await tus.create(200_000)) == (403, "over_quota")
        await tus.ask("DELETE", first.headers["Location"])
        assert (await tus.create(200_000)).status_code == 201


async def test_unfinished_uploads_of_a_person_are_bounded(tus: Tus) -> None:
    for _ in range(uploading.UNFINISHED_MAX):
        await tus.begin(1)
    answer = await tus.create(1)
    assert await code(answer) == (429, "too_many_uploads")
    assert int(answer.headers["Retry-After"]) > 0


async def test_queue_that_is_full_keeps_the_whole_upload(tmp_path: Path) -> None:
    async with world_in(tmp_path, quotas=Quotas(queued=1)) as world:
        client = world.app.test_client()
        await sign_up(client)
        tus = Tus(client)
        second = await tus.begin()
        first = await tus.begin()
        await tus.append(first, 0, FLAC)
        refused = await tus.append(second, 0, FLAC)
        assert await code(refused) == (429, "over_quota")
        assert int(refused.headers["Retry-After"]) > 0
        assert (await tus.ask("HEAD", second)).status_code == 429
        await tus.ask("POST", f"{session_of(first)}/cancel")
        assert (await tus.append(second, len(FLAC), b"")).status_code == 204
        assert len(world.enqueued) == 2


# 12. tricks with the method


@pytest.mark.parametrize("method", ["HEAD", "GET", "OPTIONS", "CONNECT", "patch", "PATCH, DELETE", "PUT", ""])
async def test_other_overrides_are_none(tus: Tus, method: str) -> None:
    path = await tus.begin()
    assert (await tus.ask("POST", path, {"X-HTTP-Method-Override": method or " "})).status_code == 405


async def test_override_counts_for_a_post_below_uploads_only(tus: Tus) -> None:
    path = await tus.begin()
    override = {"X-HTTP-Method-Override": "DELETE"}
    assert (await tus.ask("HEAD", path, override)).status_code == 200
    assert (await tus.ask("POST", session_of(path), override)).status_code == 405
    assert await tus.offset(path) == 0


# 13. chunks and lengths that lie


@pytest.mark.parametrize(
    "lines",
    [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: chunked\r\n",
    ],
    ids=["two lengths", "negative", "length and chunks", "unknown coding", "bad chunk"],
)
async def test_smuggled_second_request_is_not_answered(world: World, lines: str) -> None:
    async with over_http(world) as client:
        path = await begin(client, len(FLAC))
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        head = f"PATCH {path} HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\nUpload-Offset: 0\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in (OURS | TUS | BYTES).items())
        second = f"DELETE {path} HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\n"
        second += "".join(f"{name}: {value}\r\n" for name, value in (OURS | TUS).items()) + "\r\n"
        host, port = client.base_url.host, client.base_url.port
        reader, writer = await asyncio.open_connection(host, port)
        writer.write((head + lines + "\r\nfLaC!" + second).encode())
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        assert answer.count(b"HTTP/1.1 204") == 0
        assert (await client.head(path)).status_code == 200, "it was not deleted"


# 14. what is no recording


@pytest.mark.parametrize("first", [b"MZ" + bytes(999), b"<html>" * 99, b"#EXTM3U\nhttp://169.254.169.254/" * 9])
async def test_what_is_no_recording_is_deleted_with_its_session(world: World, tus: Tus, first: bytes) -> None:
    path = await tus.begin(100_000)
    offset, refused = 0, None
    data = first + bytes(70_000)
    for step in (10, 50, 90_000):  # not to be hidden by small pieces
        refused = await tus.append(path, offset, data[offset : offset + step])
        offset += step
        if refused.status_code != 204:
            break
    assert refused is not None
    assert await code(refused) == (415, "unsupported_media")
    assert (await tus.ask("HEAD", path)).status_code == 404
    assert stored(world) == []
    assert world.metrics.read()["uploads"] == {"refused": 1.0}


async def test_recording_in_tiny_pieces_is_recognised(world: World, tus: Tus) -> None:
    path = await tus.begin()
    for at in range(12):
        assert (await tus.append(path, at, FLAC[at : at + 1])).status_code == 204
    assert (await tus.append(path, 12, FLAC[12:])).status_code == 204
    assert stored(world) == [FLAC]


# Beside these: the process goes away, or the storage is slow


async def test_process_that_drains_ends_a_chunk_and_keeps_it(tmp_path: Path) -> None:
    go_on = asyncio.Event()

    uploads = RunningUploads(drain_s=0.0)
    async with world_in(tmp_path, running=uploads) as world, over_http(world) as client:
        path, headers = await begin(client), BYTES | {"Upload-Offset": "0"}
        sending = asyncio.ensure_future(client.patch(path, content=halves(go_on), headers=headers))
        await async_until(lambda: stored(world) == [LONG[:HALF]])
        uploads.drain()
        await async_until(lambda: not running(world))
        go_on.set()
        ended = await sending
        assert (ended.status_code, ended.json()["code"]) == (503, "draining")
        again = await client.patch(path, content=LONG[HALF:], headers=BYTES | {"Upload-Offset": str(HALF)})
        assert (again.status_code, again.json()["code"]) == (503, "draining")
        assert await offset_of(client, path) == HALF


async def test_few_requests_wait_for_an_older_one() -> None:
    uploads, left = RunningUploads(end_s=30.0), asyncio.Event()

    async def wait() -> None:
        async with uploads.begin("audio/1"):
            await left.wait()

    first = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(wait()) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(Problem) as refused:
        async with uploads.begin("audio/1"):
            pass
    assert (refused.value.status, refused.value.code) == (423, "upload_locked")
    left.set()
    await asyncio.gather(first, *waiting)
    async with uploads.begin("audio/1"):
        pass


async def test_database_that_is_away_costs_no_byte(world: World, tus: Tus) -> None:
    path = await tus.begin()
    world.database.away = {uploading.note}
    assert await code(await tus.append(path, 0, FLAC[:HALF])) == (503, "database_gone")
    assert stored(world) == [FLAC[:HALF]]
    assert await tus.offset(path) == HALF
    world.database.away = set()
    assert (await tus.append(path, HALF, FLAC[HALF:])).status_code == 204
    assert len(world.enqueued) == 1


async def test_disk_without_room_refuses_before_a_byte(tmp_path: Path) -> None:
    async with world_in(tmp_path, limits=Limits(max_bytes=LIMITS.max_bytes, room_bytes=10**18)) as world:
        client = world.app.test_client()
        await sign_up(client)
        assert await code(await Tus(client).create()) == (507, "storage_full")


async def test_first_bytes_that_are_no_recording_refuse_the_creation(world: World, tus: Tus) -> None:
    headers = {"Upload-Length": "999"} | metadata() | BYTES
    assert await code(await tus.ask("POST", ROUTE, headers, bytes(999))) == (415, "unsupported_media")
    sessions = await (await tus.ask("GET", "/api/v1/sessions")).get_json()
    assert (sessions["sessions"], stored(world)) == ([], [])


async def test_creation_passes_where_its_first_bytes_must_wait(tmp_path: Path) -> None:
    async with world_in(tmp_path, limits=Limits(max_bytes=LIMITS.max_bytes, slots_a_user=0)) as world:
        client = world.app.test_client()
        await sign_up(client)
        made = await Tus(client).ask("POST", ROUTE, {"Upload-Length": "999"} | metadata() | BYTES, FLAC[:999])
        assert (made.status_code, made.headers["Upload-Offset"]) == (201, "0")


async def test_request_that_does_not_end_in_time_locks(tmp_path: Path) -> None:
    uploads = RunningUploads(end_s=0.0)
    async with world_in(tmp_path, running=uploads) as world:
        client = world.app.test_client()
        await sign_up(client)
        tus = Tus(client)
        path = await tus.begin()
        key = f"audio/{Path(path).name}"
        async with uploads.begin(key):
            answer = await tus.append(path, 0, FLAC)
            assert await code(answer) == (423, "upload_locked")
            assert int(answer.headers["Retry-After"]) > 0
        assert (await tus.append(path, 0, FLAC)).status_code == 204
