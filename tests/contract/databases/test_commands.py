"""The commands of people and what follows them, on both kinds of database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session as Db

from playhead.db import Database, SyncDatabase
from playhead.errors import Problem
from playhead.ids import new_id
from playhead.live.clock import now
from playhead.live.job import is_newer
from playhead.sessions import attempts, following
from playhead.sessions.commands import Commands
from playhead.sessions.models import NewSession, Session
from playhead.sessions.status import State, Status
from tests.contract.databases.sessions import Queue
from tests.support.stored import read_status
from tests.support.waiting import async_until


@dataclass
class Recorder:
    """Records what the commands publish, enqueue and delete."""

    published: list[Status] = field(default_factory=list)
    enqueued: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    broker_is_down: bool = False
    storage_is_down: bool = False

    async def publish(self, sessions: Sequence[Session]) -> None:
        self.published += [session.status for session in sessions]

    async def enqueue(self, session_id: str) -> None:
        if self.broker_is_down:
            raise ConnectionError("no broker")
        self.enqueued.append(session_id)

    async def delete(self, key: str) -> None:
        if self.storage_is_down:
            raise ConnectionError("no storage")
        self.deleted.append(key)

    def moved(self) -> list[tuple[str, int | None]]:
        return [(status.session_id, status.queue_position) for status in self.published if not status.is_final]


def new_session(id: str, owner_id: str = "ada") -> NewSession:
    return NewSession(id=id, owner_id=owner_id, filename="a", size_bytes=1, audio_key=f"audio/{id}")


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def commands(database: SyncDatabase, database_url: str, recorder: Recorder) -> AsyncIterator[Commands]:
    web = Database(database_url)
    yield Commands(database=web, publish=recorder.publish, enqueue=recorder.enqueue, delete_recording=recorder.delete)
    await web.close()


async def test_burst_of_uploads_renumbers_the_queue_a_few_times(
    commands: Commands, database: SyncDatabase, recorder: Recorder
) -> None:
    may_go_on, renumbered, created = asyncio.Event(), list[int](), set[str]()

    async def publish(sessions: Sequence[Session]) -> None:
        if not any(session.id in created for session in sessions):
            renumbered.append(len(sessions))
            await may_go_on.wait()
        created.difference_update(session.id for session in sessions)

    async def create(id: str) -> None:
        created.add(id)
        await held.create(new_session(id))

    held, ids = replace(commands, publish=publish), [new_id() for _ in range(9)]
    first = asyncio.create_task(create(ids[0]))
    await async_until(lambda: renumbered, "the queue is renumbered")
    rest = [asyncio.create_task(create(one)) for one in ids[1:]]
    await async_until(lambda: len(recorder.enqueued) == len(ids), "all are sent")
    may_go_on.set()
    await asyncio.gather(first, *rest)
    assert len(renumbered) < len(ids) / 2
    assert {database.run(read_status, one).queue_position for one in ids} == set(range(1, 10))


async def test_sessions_created_at_once_stand_at_different_positions(
    commands: Commands, database: SyncDatabase
) -> None:
    ids = [new_id() for _ in range(8)]
    await asyncio.gather(
        *[commands.create(new_session(one, owner)) for one, owner in zip(ids, ("ada", "bob") * 4, strict=True)]
    )
    positions = [database.run(read_status, one).queue_position for one in ids]
    assert set(positions) == set(range(1, 9))


async def test_retry_is_admitted_like_a_new_session(commands: Commands, queue: Queue) -> None:
    session = queue()
    await commands.cancel(session.id, "ada")

    def refuse(db: Db, owner_id: str, size_bytes: int, /, *, lock: bool = True) -> None:
        raise Problem(429, "over_quota", f"{owner_id} may not, with {size_bytes} bytes more.")

    with pytest.raises(Problem, match="ada may not, with 0 bytes more"):
        await replace(commands, admit=refuse).retry(session.id, "ada")
    assert (await commands.retry(session.id, "ada")).status.state is State.QUEUED


async def test_created_session_is_published_and_sent(commands: Commands, recorder: Recorder) -> None:
    new = new_id()
    made = await commands.create(new_session(new))
    assert (recorder.published, recorder.enqueued, recorder.deleted) == ([made.status], [new], [])


async def test_recording_of_a_session_that_cannot_be_created_is_deleted(commands: Commands, recorder: Recorder) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key|constraint"):
        await commands.create(new_session("1", "nobody"))
    assert (recorder.published, recorder.enqueued, recorder.deleted) == ([], [], ["audio/1"])


async def test_session_stays_queued_while_the_broker_is_away(commands: Commands, recorder: Recorder) -> None:
    recorder.broker_is_down = True
    made = await commands.create(new_session(new_id()))
    assert (made.status.state, recorder.enqueued, recorder.deleted) == (State.QUEUED, [], [])


@pytest.mark.parametrize("leaves", ["cancel", "delete"])
async def test_sessions_behind_one_that_leaves_the_queue_move_up(
    commands: Commands, recorder: Recorder, queue: Queue, leaves: str
) -> None:
    first, second = queue().id, queue("bob").id
    await getattr(commands, leaves)(first, "ada")
    assert recorder.moved() == [(second, 1)]


async def test_sessions_behind_those_of_a_removed_person_move_up(
    commands: Commands, recorder: Recorder, queue: Queue
) -> None:
    queue()
    queue()
    behind = queue("bob").id
    await commands.delete_all_of("ada")
    assert {status.session_id for status in recorder.published} == {behind}
    assert recorder.moved() == [(behind, 1)]
    assert len(recorder.deleted) == 2


async def test_session_whose_recording_cannot_be_deleted_is_kept(
    commands: Commands, recorder: Recorder, queue: Queue
) -> None:
    session = queue()
    recorder.storage_is_down = True
    with pytest.raises(OSError, match="no storage"):
        await commands.delete(session.id, "ada")
    recorder.storage_is_down = False
    await commands.delete(session.id, "ada")
    with pytest.raises(Problem, match="There is no such session"):
        await commands.delete(session.id, "ada")


async def test_deletion_publishes_the_status_that_readers_derive(
    commands: Commands, recorder: Recorder, queue: Queue, database: SyncDatabase
) -> None:
    """Readers of all sessions derive it when they find the session deleted."""
    session = queue()
    running = database.run(attempts.claim, session.id, "whisper").status
    await commands.delete(session.id, "ada")
    published = recorder.published[0]
    later = now() + timedelta(hours=1)
    (noticed,) = database.run(following.followed, "ada", later, {session.id: running.version})
    assert is_newer(published, running)
    assert _without_time(noticed) == _without_time(published)


def _without_time(status: Status) -> tuple[object, ...]:
    return tuple(getattr(status, name) for name in status.__struct_fields__ if name != "updated_at")
