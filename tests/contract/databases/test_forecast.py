"""Those who wait are told how long, once there is a past to tell it from."""

from collections.abc import Callable

import msgspec
import pytest
from sqlalchemy import update

from playhead.db import SyncDatabase
from playhead.sessions import attempts, repository
from playhead.sessions.models import SessionRow
from tests.contract.databases.sessions import Queue, after

Past = Callable[[str, int, float, float], None]


@pytest.fixture
def past(database: SyncDatabase, queue: Queue) -> Past:
    """A session that is over: its file, its size, its length and its speed."""

    def add(filename: str, size_bytes: int, duration_s: float, speed: float) -> None:
        sid = queue(filename=filename, size_bytes=size_bytes).id
        database.run(repository.cancel, sid, "ada")
        known = update(SessionRow).where(SessionRow.id == sid).values(duration_s=duration_s, speed=speed)
        database.run(lambda db: db.execute(known))

    return add


def foretold(database: SyncDatabase, session_id: str) -> float | None:
    return database.run(repository.read_status, session_id).eta_s


def test_nothing_is_foretold_without_a_past_of_the_same_kind(database: SyncDatabase, queue: Queue, past: Past) -> None:
    assert queue(filename="a.mp3").status.eta_s is None
    database.run(lambda db: db.query(SessionRow).delete())
    past("b.wav", 1000, 100.0, 10.0)
    assert queue(filename="a.mp3").status.eta_s is None


def test_session_that_is_next_needs_its_own_time(queue: Queue, past: Past) -> None:
    past("a.mp3", 1000, 100.0, 10.0)  # 10 s for 1000 bytes
    status = queue(filename="B.MP3", size_bytes=3000).status
    assert (status.eta_s, status.eta_range_s) == (30.0, (15.0, 45.0))
    assert status.message == "Next in line, about 30 s in all"


def test_time_of_those_ahead_is_shared_by_the_workers_that_are_busy(
    database: SyncDatabase, queue: Queue, past: Past
) -> None:
    past("a.mp3", 1000, 100.0, 10.0)
    running = [queue(filename="r.mp3", size_bytes=4000).id for _ in range(2)]
    claimed = [database.run(attempts.claim, sid, "whisper").status for sid in running]
    database.run(attempts.save, msgspec.structs.replace(after(claimed[0]), progress=0.5))
    first = queue(filename="b.mp3", size_bytes=2000)
    second = queue(filename="c.mp3", size_bytes=1000)
    assert first.status.eta_s == 20 + (20 + 40) / 2
    assert second.status.eta_s == 10 + (20 + 40 + 20) / 2


def test_queue_nobody_works_on_foretells_nothing_but_its_first(queue: Queue, past: Past) -> None:
    past("a.mp3", 1000, 100.0, 10.0)
    assert queue(filename="b.mp3", size_bytes=1000).status.eta_s == 10
    assert queue(filename="c.mp3", size_bytes=1000).status.eta_s is None


def test_who_moves_up_is_told_anew(database: SyncDatabase, queue: Queue, past: Past) -> None:
    past("a.mp3", 1000, 100.0, 10.0)
    first, second = (queue(filename="b.mp3", size_bytes=1000).id for _ in range(2))
    database.run(attempts.claim, first, "whisper")
    database.run(repository.renumber)
    assert foretold(database, second) == 20


def test_retried_session_is_told_as_well(database: SyncDatabase, queue: Queue, past: Past) -> None:
    past("a.mp3", 1000, 100.0, 10.0)
    sid = queue(filename="b.mp3", size_bytes=1000).id
    database.run(repository.cancel, sid, "ada")
    assert database.run(repository.retry, sid, "ada").status.eta_s == 10
