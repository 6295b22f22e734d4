"""What people do to sessions, with all that follows, on both databases."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from playhead.clock import now
from playhead.db import Database, SyncDatabase
from playhead.errors import Problem
from playhead.ids import new_id
from playhead.sessions import attempts, following
from playhead.sessions.commands import Commands
from playhead.sessions.models import Session
from playhead.sessions.status import State, Status
from tests.contract.databases.sessions import Queue


@dataclass
class Ears:
    """What the commands say to the rest of the house."""

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


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def commands(database: SyncDatabase, database_url: str, ears: Ears) -> AsyncIterator[Commands]:
    web = Database(database_url)
    yield Commands(database=web, publish=ears.publish, enqueue=ears.enqueue, delete_recording=ears.delete)
    await web.close()


async def test_created_session_is_published_and_sent(commands: Commands, ears: Ears) -> None:
    new = new_id()
    made = await commands.create(id=new, owner_id="ada", filename="a", language=None, size_bytes=1, audio_key="audio/1")
    assert (ears.published, ears.enqueued, ears.deleted) == ([made.status], [new], [])


async def test_recording_of_a_session_that_cannot_be_created_is_deleted(commands: Commands, ears: Ears) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key|constraint"):
        await commands.create(
            id=new_id(), owner_id="nobody", filename="a", language=None, size_bytes=1, audio_key="audio/1"
        )
    assert (ears.published, ears.enqueued, ears.deleted) == ([], [], ["audio/1"])


async def test_session_stays_queued_while_the_broker_is_away(commands: Commands, ears: Ears) -> None:
    ears.broker_is_down = True
    made = await commands.create(
        id=new_id(), owner_id="ada", filename="a", language=None, size_bytes=1, audio_key="audio/1"
    )
    assert (made.status.state, ears.enqueued, ears.deleted) == (State.QUEUED, [], [])


@pytest.mark.parametrize("leaves", ["cancel", "delete"])
async def test_those_behind_a_session_that_leaves_the_queue_move_up(
    commands: Commands, ears: Ears, queue: Queue, leaves: str
) -> None:
    first, second = queue().id, queue("bob").id
    await getattr(commands, leaves)(first, "ada")
    assert ears.moved() == [(second, 1)]


async def test_those_behind_all_sessions_of_a_removed_person_move_up(
    commands: Commands, ears: Ears, queue: Queue
) -> None:
    queue()
    queue()
    behind = queue("bob").id
    await commands.delete_all_of("ada")
    assert ears.moved() == [(behind, 1)]
    assert len(ears.deleted) == 2


async def test_session_whose_recording_cannot_be_deleted_is_kept(commands: Commands, ears: Ears, queue: Queue) -> None:
    session = queue()
    ears.storage_is_down = True
    with pytest.raises(OSError, match="no storage"):
        await commands.delete(session.id, "ada")
    ears.storage_is_down = False
    await commands.delete(session.id, "ada")
    with pytest.raises(Problem, match="There is no such session"):
        await commands.delete(session.id, "ada")


async def test_deletion_makes_one_final_document_of_its_version(
    commands: Commands, ears: Ears, queue: Queue, database: SyncDatabase
) -> None:
    """For readers of the session, and for those of all sessions, who see that it is gone."""
    session = queue()
    running = database.run(attempts.claim, session.id, "whisper").status
    await commands.delete(session.id, "ada")
    published = ears.published[0]
    later = now() + timedelta(hours=1)
    (noticed,) = database.run(following.followed, "ada", later, {session.id: running.version})
    assert published.supersedes(running)
    assert _without_time(noticed) == _without_time(published)


def _without_time(status: Status) -> tuple[object, ...]:
    return tuple(getattr(status, name) for name in status.__struct_fields__ if name != "updated_at")
