"""Retention: what is deleted after how many days, and what stays, on both kinds of database."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session as Db

from playhead.db import Database, SyncDatabase
from playhead.errors import Problem
from playhead.ids import new_id
from playhead.live.clock import now
from playhead.metrics.metrics import Metrics
from playhead.retention import Retention
from playhead.sessions import repository
from playhead.sessions.commands import Commands
from playhead.sessions.models import Session, SessionRow
from playhead.sessions.repository import PAGE_SIZE
from tests.contract.databases.sessions import Queue, copy


class Shelf:
    """Records which recordings are deleted; fails for those in `stuck`."""

    def __init__(self) -> None:
        self.deleted: list[str] = []
        self.stuck: set[str] = set()

    async def delete(self, key: str) -> None:
        if key in self.stuck:
            raise ConnectionError("no storage")
        self.deleted.append(key)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def commands(database: SyncDatabase, database_url: str, shelf: Shelf) -> AsyncIterator[Commands]:
    async def ignore(_: Sequence[Session] | str) -> None: ...

    web = Database(database_url)
    yield Commands(database=web, publish=ignore, enqueue=ignore, delete_recording=shelf.delete)
    await web.close()


@pytest.fixture
def ended(database: SyncDatabase, queue: Queue) -> Queue:
    """Creates a canceled session of ada that ended so many days ago."""

    def create(days: float, owner_id: str = "ada") -> Session:
        new = new_id()
        queue(owner_id, id=new, audio_key=f"audio/{new}")
        session = database.run(repository.cancel, new, owner_id)
        at = now() - timedelta(days=days)
        database.run(Db.execute, update(SessionRow).where(SessionRow.id == new).values(changed_at=at))
        return session

    return create


def kept(database: SyncDatabase) -> dict[str, bool]:
    """The ids of all sessions, with whether their recording is there."""
    return database.run(lambda db: {row.id: row.audio_deleted_at is None for row in db.query(SessionRow)})


async def test_nothing_is_deleted_by_default(
    database: SyncDatabase, commands: Commands, ended: Queue, shelf: Shelf
) -> None:
    ended(10_000)
    await Retention(metrics=Metrics(), commands=commands).run()
    assert list(kept(database).values()) == [True]


async def test_old_sessions_are_deleted_with_their_recordings(
    database: SyncDatabase, commands: Commands, ended: Queue, queue: Queue, shelf: Shelf
) -> None:
    old, young, waiting = ended(31, "bob"), ended(29), queue()
    database.run(
        Db.execute, update(SessionRow).where(SessionRow.id == waiting.id).values(created_at=now() - timedelta(90))
    )
    await Retention(metrics=Metrics(), commands=commands, keep_days=30).run()
    assert kept(database) == {young.id: True, waiting.id: True}
    assert shelf.deleted == [old.audio_key]


async def test_old_recordings_are_deleted_once_and_the_words_stay(
    database: SyncDatabase, commands: Commands, ended: Queue, shelf: Shelf
) -> None:
    old, young = ended(8), ended(6)
    metrics = Metrics()
    retention = Retention(metrics=metrics, commands=commands, keep_audio_days=7)
    await retention.run()
    await retention.run()
    assert metrics.read() == {"swept": {"old_recording": 1.0}}
    assert kept(database) == {old.id: False, young.id: True}
    assert shelf.deleted == [old.audio_key]
    assert database.run(repository.get, old.id, "ada").audio_deleted_at is not None


async def test_session_without_a_recording_cannot_be_retried(
    database: SyncDatabase, commands: Commands, ended: Queue
) -> None:
    old = ended(8)
    await Retention(metrics=Metrics(), commands=commands, keep_audio_days=7).run()
    with pytest.raises(Problem, match="upload it again") as refused:
        await commands.retry(old.id, "ada")
    assert (refused.value.status, refused.value.code) == (409, "not_retryable")


async def test_more_than_a_page_is_deleted_at_once(database: SyncDatabase, commands: Commands, ended: Queue) -> None:
    database.run(copy, ended(2).id, PAGE_SIZE)
    metrics = Metrics()
    await Retention(metrics=metrics, commands=commands, keep_days=1, keep_audio_days=1).run()
    assert kept(database) == {}
    assert metrics.read() == {"swept": {"old_session": PAGE_SIZE + 1.0}}


async def test_recording_that_storage_kept_becomes_an_orphan(
    database: SyncDatabase, commands: Commands, ended: Queue, shelf: Shelf
) -> None:
    old = ended(2)
    shelf.stuck = {old.audio_key}
    with pytest.raises(OSError, match="no storage"):
        await Retention(metrics=Metrics(), commands=commands, keep_audio_days=1).run()
    assert kept(database) == {old.id: False}
    assert database.run(repository.audio_keys, [old.id]) == set()


async def test_session_that_was_retried_meanwhile_keeps_its_recording(
    database: SyncDatabase, commands: Commands, ended: Queue, shelf: Shelf
) -> None:
    listed = ended(2)
    await commands.retry(listed.id, "ada")
    await commands.delete_audio(listed)
    assert (kept(database), shelf.deleted) == ({listed.id: True}, [])
