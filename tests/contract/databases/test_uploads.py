"""Uploads as sessions, on both kinds of database: who counts them, who does not see them, and how they end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from quart import Quart
from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead.db import Database, SyncDatabase
from playhead.errors import Problem
from playhead.ids import new_id
from playhead.live.clock import now
from playhead.metrics.metrics import Metrics
from playhead.quotas import Quotas
from playhead.retention import Retention
from playhead.sessions import attempts, canaries, following, repository, uploading
from playhead.sessions.commands import Commands
from playhead.sessions.listing import listing
from playhead.sessions.models import NewSession, Session, SessionRow
from playhead.sessions.queue import planned
from playhead.sessions.queue import size as queue_size
from playhead.sessions.status import ATTEMPT_SPAN, State, Status, decode
from playhead.sessions.uploading import NOTED_MAX, PAGE_SIZE, UNFINISHED_MAX
from playhead.sessions.usage import Usage, usage_of
from playhead.storage import Storage, StorageGone
from playhead.uploads.tus.collecting import Uploads
from tests.contract.databases.app import ask, sign_up
from tests.contract.databases.sessions import LetPass, Queue

MB = 1_000_000
KEEP_HOURS = 72.0


class House:
    """Commands on a database, which note what follows from them."""

    def __init__(self, database: Database, folder: Path, quotas: Quotas) -> None:
        self.published: list[Status] = []
        self.sent: list[str] = []
        self.deleted: list[str] = []
        self.folder = folder
        self.storage = storage = Storage.from_url(folder.as_uri())

        async def publish(sessions: Sequence[Session]) -> None:
            self.published += [session.status for session in sessions]

        async def enqueue(session_id: str) -> None:
            self.sent.append(session_id)

        async def delete(key: str) -> None:
            self.deleted.append(key)
            await storage.delete(key)

        self.commands = Commands(
            database=database, publish=publish, enqueue=enqueue, delete_recording=delete, admit=quotas.admit
        )

    async def begin(self, size_bytes: int = MB, owner_id: str = "ada") -> Session:
        session_id = new_id()
        key = self.storage.appendable(f"audio/{session_id}")
        return await self.commands.begin_upload(
            NewSession(id=session_id, owner_id=owner_id, filename="talk.flac", size_bytes=size_bytes, audio_key=key)
        )

    async def store(self, session: Session, count: int) -> None:
        async with self.storage.append(session.audio_key, 0) as appender:
            await appender.write(bytes(count))


@pytest.fixture
def quotas() -> Quotas:
    return Quotas(bytes=3 * MB, queued=1)


@pytest.fixture
async def house(database: SyncDatabase, database_url: str, tmp_path: Path, quotas: Quotas) -> AsyncIterator[House]:
    web = Database(database_url)
    yield House(web, tmp_path / "audio", quotas)
    await web.close()


@pytest.fixture
def read(database: SyncDatabase) -> Callable[[Session], Session]:
    return lambda session: database.run(repository.get, session.id, session.owner_id)


def collector(house: House, metrics: Metrics | None = None, storage: Storage | None = None) -> Uploads:
    return Uploads(
        commands=house.commands,
        recordings=storage or house.storage,
        keep_hours=KEEP_HOURS,
        metrics=metrics or Metrics(),
    )


async def test_upload_is_a_session_from_the_beginning(house: House, read: Callable[[Session], Session]) -> None:
    session = await house.begin()
    status = read(session).status
    assert (status.state, status.stage, status.progress, status.version) == ("uploading", "uploading", 0.0, 1)
    assert (status.message, status.size_bytes, status.attempt) == ("Uploading: 0 bytes of 1 MB", MB, 0)
    assert house.published == [status]
    assert house.sent == []


async def test_its_progress_is_what_is_stored_and_never_falls(house: House, read: Callable[[Session], Session]) -> None:
    session = await house.begin()
    assert await house.commands.note_upload(session.id, MB // 2, 12.0)
    assert await house.commands.note_upload(session.id, MB // 4, 99.0)
    status = read(session).status
    assert (status.progress, status.eta_s, status.version) == (0.5, 12.0, 2)
    assert status.message == "Uploading: 500 kB of 1 MB, about 10 s left"
    assert await house.commands.note_upload(session.id, MB)
    assert read(session).status.message == "Uploaded: 1 MB"


async def test_what_brings_no_byte_does_not_keep_it_longer(house: House, read: Callable[[Session], Session]) -> None:
    session = await house.begin()
    await house.commands.note_upload(session.id, 5)
    before = read(session).status
    await house.commands.note_upload(session.id, 5, 1.0)
    assert read(session).status == before


async def test_its_last_byte_queues_it_once(
    house: House, database: SyncDatabase, read: Callable[[Session], Session]
) -> None:
    session = await house.begin()
    await house.commands.note_upload(session.id, MB // 2)
    before = database.run(lambda db: db.scalars(select(SessionRow.queued_at)).one())
    calls = (house.commands.queue_upload(session.id, "ada") for _ in range(4))
    assert sorted(await asyncio.gather(*calls)) == [False, False, False, True]
    status = read(session).status
    assert (status.state, status.progress, status.queue_position) == (State.QUEUED, None, 1)
    assert not isinstance(status.size_bytes, int)
    assert (house.sent, status.attempt) == ([session.id], 0)
    assert read(session).queued_at > before
    claimed = database.run(attempts.claim, session.id, "whisper")
    assert claimed.status.version > status.version
    assert not await house.commands.note_upload(session.id, MB)


async def test_versions_stay_below_those_of_the_first_attempt(
    house: House, database: SyncDatabase, read: Callable[[Session], Session]
) -> None:
    session = await house.begin()

    def wear(db: Db) -> None:
        row = repository.own_row(db, session.id, "ada", lock=True)
        repository.write(db, row, msgspec.structs.replace(session.status, version=NOTED_MAX))
        row.changed_at = now() - timedelta(days=1)

    database.run(wear)
    assert await house.commands.note_upload(session.id, 5)
    assert read(session).status.version == NOTED_MAX < ATTEMPT_SPAN
    assert now() - uploading.noted_at(read(session)) < timedelta(hours=1)
    assert database.run(uploading.resting, now() - timedelta(minutes=1)) == []


async def test_bytes_count_at_once_and_the_queue_at_the_end(house: House, database: SyncDatabase, queue: Queue) -> None:
    await house.begin(2 * MB)
    assert database.run(usage_of, ["ada"])["ada"] == Usage(bytes=2 * MB)
    with pytest.raises(Problem, match="You store 2 MB of 3 MB") as refused:
        await house.begin(2 * MB)
    assert (refused.value.status, refused.value.code) == (403, "over_quota")
    last = await house.begin(MB)
    queue("ada", size_bytes=0)
    with pytest.raises(Problem) as refused:
        await house.commands.queue_upload(last.id, "ada")
    assert (refused.value.status, refused.value.code) == (429, "over_quota")
    assert (house.sent, house.deleted) == ([], [])


async def test_unfinished_ones_of_a_person_are_limited(house: House, database: SyncDatabase) -> None:
    database.run(canaries.begin, new_id(), "ada", "audio/none")
    for _ in range(UNFINISHED_MAX):
        await house.begin(1)
    with pytest.raises(Problem) as refused:
        await house.begin(1)
    assert (refused.value.status, refused.value.code) == (429, "too_many_uploads")
    assert refused.value.retry_after_s
    await house.begin(1, "bob")


async def test_nothing_that_works_on_sessions_sees_it(
    house: House, database: SyncDatabase, let_pass: LetPass, read: Callable[[Session], Session]
) -> None:
    session = await house.begin()
    let_pass(timedelta(hours=5))
    size = database.run(queue_size, 60.0)
    assert (size.waiting, size.running, size.stalled, size.oldest_s) == (0, 0, 0, 0.0)
    listed = database.run(listing, 60.0)
    assert (listed.running, listed.waiting) == ([], [])
    recovered = database.run(attempts.recover)
    assert (recovered.send, recovered.changed, database.run(planned)) == ([], [], [])
    assert database.run(attempts.claim_next, "whisper") is None
    assert database.run(canaries.delete_abandoned) == 0
    await Retention(commands=house.commands, keep_days=0.01, keep_audio_days=0.01, metrics=Metrics()).run()
    assert read(session).status.state is State.UPLOADING


async def test_lists_and_streams_of_its_owner_have_it(house: House, database: SyncDatabase) -> None:
    session = await house.begin()
    assert [one.id for one in database.run(repository.page, "ada")[0]] == [session.id]
    assert database.run(following.followed, "ada", now(), {}) == [session.status]


async def test_canary_is_no_upload(house: House, database: SyncDatabase, let_pass: LetPass) -> None:
    canary = database.run(canaries.begin, new_id(), "ada", "audio/none")
    let_pass(timedelta(days=9))
    assert not uploading.is_upload(canary)
    assert not await house.commands.note_upload(canary.id, 1)
    assert not await house.commands.queue_upload(canary.id, "ada")
    await collector(house).run()
    assert database.run(canaries.delete_abandoned) == 1


async def test_canceled_upload_loses_its_bytes_and_cannot_be_retried(
    house: House, database: SyncDatabase, read: Callable[[Session], Session]
) -> None:
    session = await house.begin()
    await house.store(session, 7)
    canceled = await house.commands.cancel(session.id, "ada")
    assert (canceled.status.state, canceled.status.progress) == (State.CANCELED, None)
    assert read(session).audio_deleted_at is not None
    assert (house.deleted, await house.storage.stored(session.audio_key)) == ([session.audio_key], 0)
    assert database.run(usage_of, ["ada"])["ada"] == Usage()
    assert database.run(repository.audio_keys, [session.id]) == set()
    with pytest.raises(Problem) as refused:
        await house.commands.retry(session.id, "ada")
    assert refused.value.code == "not_retryable"
    assert not await house.commands.note_upload(session.id, 8)


async def test_upload_under_way_cannot_be_retried(house: House) -> None:
    session = await house.begin()
    with pytest.raises(Problem) as refused:
        await house.commands.retry(session.id, "ada")
    assert refused.value.code == "not_retryable"


async def test_what_is_not_finished_in_time_is_deleted(house: House, database: SyncDatabase, let_pass: LetPass) -> None:
    old = await house.begin()
    await house.store(old, 7)
    _age(database, old, timedelta(hours=KEEP_HOURS + 1))
    young = await house.begin(1)
    _age(database, young, timedelta(hours=KEEP_HOURS - 1))
    metrics = Metrics()
    await collector(house, metrics).run()
    assert [one.id for one in database.run(repository.page, "ada")[0]] == [young.id]
    assert await house.storage.stored(old.audio_key) == 0
    assert metrics.read() == {"uploads": {"broken_off": 1.0}, "swept": {"old_upload": 1.0}}
    assert house.published[-1].state is State.CANCELED


async def test_what_is_whole_is_queued_although_nobody_came_back(house: House, database: SyncDatabase) -> None:
    noted, lost = await house.begin(7), await house.begin(8)
    for session in (noted, lost):
        await house.store(session, session.size_bytes)
    await house.commands.note_upload(noted.id, 7)
    _age(database, noted, timedelta(minutes=1))
    await collector(house).run()
    assert house.sent == [noted.id]
    await house.commands.cancel(noted.id, "ada")
    _age(database, lost, timedelta(hours=KEEP_HOURS + 1))
    await collector(house).run()
    assert house.sent == [noted.id, lost.id]
    assert house.deleted == []


async def test_what_is_whole_waits_for_the_queue_until_it_is_old(house: House, database: SyncDatabase) -> None:
    first, second = await house.begin(7), await house.begin(8)
    for session in (first, second):
        await house.store(session, session.size_bytes)
        await house.commands.note_upload(session.id, session.size_bytes)
    await house.commands.queue_upload(first.id, "ada")
    for hours, left in ((KEEP_HOURS - 1, [second.id, first.id]), (KEEP_HOURS + 1, [first.id])):
        _age(database, second, timedelta(hours=hours))
        await collector(house).run()
        assert [one.id for one in database.run(repository.page, "ada")[0]] == left
    assert house.sent == [first.id]
    assert (await house.storage.stored(first.audio_key), await house.storage.stored(second.audio_key)) == (7, 0)


async def test_byte_that_comes_while_it_is_collected_keeps_an_upload(house: House, database: SyncDatabase) -> None:
    class Late(Storage):
        async def stored(self, key: str) -> int:
            await house.commands.note_upload(old.id, 8)
            return await super().stored(key)

    old = await house.begin()
    await house.store(old, 8)
    _age(database, old, timedelta(hours=KEEP_HOURS + 1))
    await collector(house, storage=Late.from_url(house.folder.as_uri())).run()
    assert await house.storage.stored(old.audio_key) == 8
    assert [one.id for one in database.run(repository.page, "ada")[0]] == [old.id]


async def test_upload_that_cannot_be_ended_stops_no_other(house: House, database: SyncDatabase) -> None:
    class Broken(Storage):
        async def stored(self, key: str) -> int:
            if key == broken.audio_key:
                raise StorageGone("a name that cannot be listed")
            return await super().stored(key)

    broken, other = await house.begin(), await house.begin()
    for session in (broken, other):
        _age(database, session, timedelta(hours=KEEP_HOURS + 1))
    with pytest.raises(StorageGone):
        await collector(house, storage=Broken.from_url(house.folder.as_uri())).run()
    assert [one.id for one in database.run(repository.page, "ada")[0]] == [broken.id]


async def test_more_than_a_page_of_old_ones_is_deleted(house: House, database: SyncDatabase) -> None:
    for _ in range(PAGE_SIZE + 2):
        _age(database, await house.begin(1), timedelta(hours=KEEP_HOURS + 1))
    await collector(house).run()
    assert database.run(repository.page, "ada") == ([], None)


async def test_recording_is_not_served_before_it_is_whole(app: Quart) -> None:
    client, _ = await sign_up(app, "ada@example.com")
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "9", "Upload-Metadata": "filename YQ=="}
    made = await ask(client, "POST", "/api/v1/uploads", headers)
    session = f"/api/v1/sessions/{made.headers['Playhead-Session']}"
    answer = await ask(client, "GET", f"{session}/audio")
    assert (answer.status_code, (await answer.get_json())["code"]) == (409, "still_uploading")
    text = await ask(client, "GET", f"{session}/transcript")
    assert (await text.get_json())["complete"] is False
    status: Any = await (await ask(client, "GET", f"{session}/status")).get_json()
    assert (status["state"], status["size_bytes"]) == ("uploading", 9)


def _age(database: SyncDatabase, session: Session, by: timedelta) -> None:
    """Makes the last byte of an upload older."""

    def back(db: Db) -> None:
        row = repository.own_row(db, session.id, "ada", lock=True)
        repository.write(db, row, msgspec.structs.replace(decode(row.status), updated_at=now() - by))

    database.run(back)
