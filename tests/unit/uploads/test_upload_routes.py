"""An upload over HTTP: a queued session, or a refusal that leaves nothing.

Over 300 lines: one list of what may become of an upload, and the place to see that nothing is missing.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session as Db
from structlog.testing import capture_logs

from playhead.errors import Problem
from playhead.metrics.metrics import Metrics
from playhead.sessions.attempts import recover
from playhead.storage import Storage, StorageGone, Writer
from playhead.uploads.body_guard import FORM_OVERHEAD_BYTES, Meter
from playhead.uploads.counts import counted
from playhead.uploads.limits import Limits
from playhead.uploads.orphans import key_of
from playhead.uploads.receive import receive
from playhead.uploads.slots import UploadSlot, UploadSlots
from tests.unit.accounts.rooms import OURS, code, sign_up
from tests.unit.uploads.world import FLAC, LIMITS, World, send, world_in


async def test_file_becomes_a_queued_session(world: World) -> None:
    client = world.app.test_client()
    await sign_up(client)
    response = await send(client, filename="../Talk.flac", language="DE")
    made = await response.get_json()
    assert response.status_code == 201
    assert response.headers["Location"] == made["links"]["self"] == f"/api/v1/sessions/{made['id']}"
    assert made.keys() == {
        "id", "filename", "language", "engine", "size_bytes", "duration_s", "audio_deleted_at", "revision", "options",
        "tracks", "warnings", "created_at", "status", "links",
    }  # fmt: skip
    assert (made["filename"], made["language"], made["size_bytes"]) == ("Talk.flac", "de", len(FLAC))
    assert made["status"]["state"] == "queued"
    assert {path: path.read_bytes() for path in world.files()} == {world.folder / key_of(made["id"]): FLAC}
    assert world.enqueued == [made["id"]]
    assert [status.session_id for status in world.published] == [made["id"]]
    added = world.metrics.read()
    assert added["uploads"] == {"accepted": 1.0}
    (size,) = added["upload_bytes"].values()
    assert isinstance(size, float)
    assert len(FLAC) < size < len(FLAC) + FORM_OVERHEAD_BYTES


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "accepted"),
        (Problem(415, "unsupported_media", "No."), "refused"),
        (Problem(408, "upload_stalled", "Slow."), "broken_off"),
        (ZeroDivisionError(), "refused"),
        (asyncio.CancelledError(), "broken_off"),
    ],
)
def test_upload_is_counted_by_how_it_ends(error: BaseException | None, outcome: str) -> None:
    metrics = Metrics()
    with suppress(BaseException), counted(metrics):
        if error is not None:
            raise error
    assert metrics.read() == {"uploads": {outcome: 1.0}}


@pytest.mark.parametrize("language", ["", "auto"])
async def test_language_may_be_left_to_the_model(world: World, language: str) -> None:
    client = world.app.test_client()
    await sign_up(client)
    assert (await (await send(client, language=language)).get_json())["language"] is None


async def test_options_of_the_form_are_those_of_the_session(world: World) -> None:
    client = world.app.test_client()
    await sign_up(client)
    made = await (await send(client, language="th", model="small", track=" 1 ", channels="Each")).get_json()
    assert made["options"] == {"language": "th", "model": "small", "track": 1, "channels": "each"}
    made = await (await send(client, model="auto", track="ALL", channels="")).get_json()
    assert made["options"] == {"language": None, "model": None, "track": "all", "channels": None}


@pytest.mark.parametrize(
    ("content", "fields", "refusal"),
    [
        (FLAC, {"model": "huge"}, (400, "invalid")),
        (FLAC, {"track": "-1"}, (400, "invalid")),
        (FLAC, {"track": "99999"}, (400, "invalid")),
        (FLAC, {"channels": "left"}, (400, "invalid")),
        (b"", {}, (400, "empty_file")),
        (b"#EXTM3U\nhttp://169.254.169.254/", {}, (415, "unsupported_media")),
        (FLAC, {"language": "klingon"}, (400, "bad_language")),
        (FLAC + bytes(LIMITS.max_bytes), {}, (413, "too_large")),
    ],
)
async def test_refused_file_leaves_nothing(
    world: World, content: bytes, fields: dict[str, str], refusal: tuple[int, str]
) -> None:
    client = world.app.test_client()
    await sign_up(client)
    assert await code(await send(client, content, **fields)) == refusal
    assert world.files() == []
    assert (world.enqueued, world.published) == ([], [])
    assert world.metrics.read()["uploads"] == {"refused": 1.0}


FILE = b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.flac"\r\n\r\n' + FLAC + b"\r\n"
END = b"--xyz--\r\n"
VAST = Limits(max_bytes=10**9)
FORM = "multipart/form-data; boundary=xyz"


def slot_with(limits: Limits) -> UploadSlot:
    return UploadSlot("ada", "an address", limits)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (END, (400, "no_file")),
        (FILE.replace(b'"file"', b'"other"') + END, (400, "no_file")),
        (FILE + FILE + END, (400, "malformed")),
        (FILE, (400, "malformed")),
        (FILE[:-50], (400, "malformed")),
        (FILE + FILE.replace(b'"file"; filename="a.flac"', b'"language"') + END, (400, "malformed")),
    ],
    ids=["no part", "another part", "two files", "no end", "cut off", "long field"],
)
async def test_broken_form_leaves_nothing(world: World, body: bytes, refusal: tuple[int, str]) -> None:
    client = world.app.test_client()
    await sign_up(client)
    headers = OURS | {"Content-Type": "multipart/form-data; boundary=xyz"}
    assert await code(await client.post("/api/v1/sessions", data=body, headers=headers)) == refusal
    assert world.files() == []


async def test_stranger_cannot_send(world: World) -> None:
    assert await code(await send(world.app.test_client())) == (401, "not_signed_in")


async def test_session_waits_in_the_database_while_the_broker_is_away(world: World) -> None:
    client = world.app.test_client()
    await sign_up(client)
    world.broker_is_down = True
    made = await (await send(client)).get_json()
    assert made["status"]["state"] == "queued"
    world.broker_is_down = False
    sent = await (await send(client)).get_json()
    await world.database.run(_make_old)
    assert (await world.database.run(recover)).send == [made["id"]]
    assert world.enqueued == [sent["id"]]


def _make_old(db: Db) -> None:
    db.connection().exec_driver_sql("UPDATE sessions SET queued_at = '2020-01-01 00:00:00'")


async def test_file_without_a_row_is_deleted(world: World) -> None:
    client = world.app.test_client()
    await sign_up(client)
    await world.database.run(_refuse_sessions)
    with capture_logs():
        assert (await send(client)).status_code == 500
    assert world.files() == []
    assert (world.enqueued, world.published) == ([], [])


class DeletesNothing(Storage):
    """A folder that goes away once a file is in it."""

    async def delete(self, key: str) -> None:
        raise StorageGone


async def test_file_without_a_row_is_left_when_storage_goes_away_too(tmp_path: Path) -> None:
    async with world_in(tmp_path, DeletesNothing) as world:
        client = world.app.test_client()
        await sign_up(client)
        await world.database.run(_refuse_sessions)
        with capture_logs():
            assert (await send(client)).status_code == 500, "the storage's would be a 503"


def _refuse_sessions(db: Db) -> None:
    trigger = "CREATE TRIGGER full BEFORE INSERT ON sessions BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    db.connection().exec_driver_sql(trigger)


async def endless(first: bytes) -> AsyncIterator[bytes]:
    yield first
    await asyncio.Event().wait()


async def test_client_who_leaves_leaves_nothing(world: World) -> None:
    storage, began = Storage.from_url(world.folder.as_uri()), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield FILE[:5000]
        yield bytes(9 * 1024**2)  # more than a part: something is on its way to storage
        began.set()
        await asyncio.Event().wait()

    upload = asyncio.ensure_future(receive(body(), FORM, Meter(), storage, "audio/x", slot_with(VAST)))
    await began.wait()
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert world.files() == []


async def test_client_who_stalls_is_let_go(world: World) -> None:
    storage = Storage.from_url(world.folder.as_uri())
    with pytest.raises(Problem) as refused:
        await receive(endless(FILE), FORM, Meter(), storage, "audio/x", slot_with(replace(VAST, idle_s=0.05)))
    assert refused.value.code == "upload_stalled"
    assert world.files() == []


async def test_client_who_takes_longer_than_an_upload_may_is_let_go(world: World) -> None:
    storage = Storage.from_url(world.folder.as_uri())
    with pytest.raises(Problem) as refused:
        await receive(trickle(), FORM, Meter(), storage, "audio/x", slot_with(replace(VAST, longest_s=0.05)))
    assert (refused.value.status, refused.value.code) == (408, "upload_stalled")
    assert world.files() == []


async def test_upload_whose_place_is_taken_ends_at_once_and_leaves_nothing(world: World) -> None:
    storage, slot, began = Storage.from_url(world.folder.as_uri()), slot_with(VAST), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield FILE[:5000]
        began.set()
        await asyncio.Event().wait()

    upload = asyncio.ensure_future(receive(body(), FORM, Meter(), storage, "audio/x", slot))
    await began.wait()
    slot.is_revoked = True
    slot.on_revoked()
    with pytest.raises(Problem) as refused:
        await upload
    assert (refused.value.status, refused.value.code) == (503, "busy")
    assert world.files() == []
    slot.on_revoked()  # which is too late to do anything


LONGEST_S = 1.0
"""Of an upload that is to end once its file has begun: on a busy machine that has taken more than 0.05 s."""


class SlowToEnd(Storage):
    """It takes its time to forget a file that was begun."""

    @asynccontextmanager
    async def writer(self, key: str) -> AsyncIterator[Writer]:
        async with super().writer(key) as writer:
            try:
                yield writer
            finally:
                self.ends.set()
                await self.may_end.wait()

    ends: asyncio.Event
    may_end: asyncio.Event


async def test_newcomer_is_refused_while_the_others_only_clean_up(world: World) -> None:
    storage = SlowToEnd.from_url(world.folder.as_uri())
    assert isinstance(storage, SlowToEnd)
    storage.ends, storage.may_end = asyncio.Event(), asyncio.Event()
    slow = 10**12
    contended = replace(VAST, slots=1, grace_s=0.0, contended_bytes_s=slow, contended_most_bytes_s=slow)
    slots = UploadSlots(replace(contended, longest_s=LONGEST_S))

    async def send_slowly() -> None:
        with slots.hold("ada", "an address") as slot:
            await receive(endless(FILE[:5000]), FORM, Meter(), storage, "audio/x", slot)

    upload = asyncio.ensure_future(send_slowly())
    await storage.ends.wait()
    with pytest.raises(Problem) as refused, slots.hold("grace", "another address"):
        pass
    assert refused.value.code == "busy"
    storage.may_end.set()
    with pytest.raises(Problem) as ended:
        await upload
    assert (ended.value.status, ended.value.code) == (408, "upload_stalled")
    with slots.hold("grace", "another address"):
        pass


async def test_upload_that_ends_by_itself_is_not_ended_again(world: World) -> None:
    storage = SlowToEnd.from_url(world.folder.as_uri())
    assert isinstance(storage, SlowToEnd)
    storage.ends, storage.may_end = asyncio.Event(), asyncio.Event()
    slot = slot_with(replace(VAST, longest_s=LONGEST_S))
    upload = asyncio.ensure_future(receive(endless(FILE[:5000]), FORM, Meter(), storage, "audio/x", slot))
    await storage.ends.wait()
    slot.on_revoked()
    storage.may_end.set()
    with pytest.raises(Problem) as ended:
        await upload
    assert (ended.value.status, ended.value.code) == (408, "upload_stalled")


async def trickle() -> AsyncIterator[bytes]:
    yield FILE
    while True:
        await asyncio.sleep(0)
        yield b"x"


async def test_client_who_only_trickles_is_let_go(world: World) -> None:
    hasty = replace(VAST, rate_period_s=0.05, min_bytes_s=10**9)
    storage = Storage.from_url(world.folder.as_uri())
    with pytest.raises(Problem) as refused:
        await receive(trickle(), FORM, Meter(), storage, "audio/x", slot_with(hasty))
    assert (refused.value.status, refused.value.code) == (408, "upload_stalled")
    assert world.files() == []


async def test_slow_but_honest_client_is_heard_out(tmp_path: Path) -> None:
    async with world_in(tmp_path, limits=replace(LIMITS, rate_period_s=0.0, min_bytes_s=0)) as world:
        client = world.app.test_client()
        await sign_up(client)
        assert (await send(client)).status_code == 201


class FillingDisk(Storage):
    """A folder on a disk with less room at each look."""

    room: Iterator[int]

    def free_bytes(self) -> int:
        return next(self.room)


@pytest.mark.parametrize("free", [[0], [LIMITS.room_bytes, LIMITS.room_bytes - 1]], ids=["at once", "meanwhile"])
async def test_full_disk_is_named_and_left_as_it_was(world: World, free: list[int]) -> None:
    storage = FillingDisk.from_url(world.folder.as_uri())
    storage.room = iter(free)

    async def body() -> AsyncIterator[bytes]:
        yield FILE[:-2]
        while True:
            yield bytes(64 * 1024)

    with pytest.raises(Problem) as refused:
        await receive(body(), FORM, Meter(), storage, "audio/x", slot_with(VAST))
    assert (refused.value.status, refused.value.code) == (507, "storage_full")
    assert world.files() == []


class FilledByOthers(Storage):
    """A folder on a disk that fills after the last look at it."""

    filled = False

    def free_bytes(self) -> int:
        return 0 if self.filled else VAST.room_bytes

    @asynccontextmanager
    async def writer(self, key: str) -> AsyncIterator[Writer]:
        async with super().writer(key) as writer:
            yield writer
            self.filled = True
            raise StorageGone("No space left on device")


async def test_disk_that_others_fill_is_named_too(tmp_path: Path) -> None:
    async with world_in(tmp_path, FilledByOthers) as world:
        client = world.app.test_client()
        await sign_up(client)
        assert await code(await send(client)) == (507, "storage_full")
        assert world.files() == []


@pytest.mark.parametrize("another", [True, False], ids=["a file in its place", "not mounted"])
async def test_storage_that_is_away_is_said_to_be(world: World, another: bool) -> None:
    client = world.app.test_client()
    await sign_up(client)
    shutil.rmtree(world.folder)
    if another:
        world.folder.write_text("a file where the folder was: nothing can be written below it")
    response = await send(client)
    assert await code(response) == (503, "storage_gone")
    assert int(response.headers["Retry-After"]) > 0
    assert (world.enqueued, world.published) == ([], [])


async def test_refusal_stays_what_it_is_when_storage_goes_away_meanwhile(tmp_path: Path) -> None:
    async with world_in(tmp_path, DeletesNothing) as world:
        client = world.app.test_client()
        await sign_up(client)
        assert await code(await send(client, FLAC + bytes(LIMITS.max_bytes))) == (413, "too_large")


async def test_upload_beyond_what_a_process_takes_is_refused(tmp_path: Path) -> None:
    async with world_in(tmp_path, limits=replace(LIMITS, slots=0)) as world:
        client = world.app.test_client()
        await sign_up(client)
        response = await send(client)
        assert await code(response) == (503, "busy")
        assert int(response.headers["Retry-After"]) > 0


async def test_upload_that_is_over_gives_its_place_back(tmp_path: Path) -> None:
    async with world_in(tmp_path, limits=replace(LIMITS, slots=1)) as world:
        client = world.app.test_client()
        await sign_up(client)
        for _ in range(2):
            assert (await send(client)).status_code == 201
