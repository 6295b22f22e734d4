"""Estimates for waiting sessions, from past sessions."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from playhead.db import SyncDatabase
from playhead.sessions import attempts, repository, revisions
from playhead.sessions.measured_speed import past_speed
from playhead.sessions.models import SessionRow
from playhead.sessions.status import Status
from tests.contract.databases.sessions import Queue, after, copy
from tests.support.stored import read_status

Past = Callable[[str, int, float, float], str]
Wait = Callable[..., Status]


@pytest.fixture
def past(database: SyncDatabase, queue: Queue) -> Past:
    """Adds a past session with a file name, size, duration and speed; returns its id."""

    def add(filename: str, size_bytes: int, duration_s: float, speed: float) -> str:
        sid = queue(filename=filename, size_bytes=size_bytes).id
        database.run(repository.cancel, sid, "ada")
        measured = (
            update(SessionRow).where(SessionRow.id == sid).values(duration_s=duration_s, speed=speed, engine="whisper")
        )
        database.run(lambda db: db.execute(measured))
        return sid

    return add


@pytest.fixture
def wait(database: SyncDatabase, queue: Queue) -> Wait:
    """Queues a session, and returns its status after the queue was planned."""

    def wait(**fields: Any) -> Status:
        session_id = queue(**fields).id
        database.run(repository.renumber)
        return database.run(read_status, session_id)

    return wait


def eta_of(database: SyncDatabase, session_id: str) -> float | None:
    return database.run(read_status, session_id).eta_s


def test_no_estimate_without_past_sessions_of_the_same_kind(database: SyncDatabase, wait: Wait, past: Past) -> None:
    assert wait(filename="a.mp3").eta_s is None
    database.run(lambda db: db.query(SessionRow).delete())
    past("b.wav", 1000, 100.0, 10.0)
    assert wait(filename="a.mp3").eta_s is None


@pytest.fixture
def short_past(database: SyncDatabase, past: Past) -> None:
    """One file of 10 min, and after it sixty of 2 s with a high speed."""
    past("a.mp3", 10_000_000, 600.0, 10.0)
    database.run(copy, past("s.mp3", 33_000, 2.0, 300.0), 59)


@pytest.mark.usefixtures("short_past")
def test_very_short_sessions_do_not_predict_a_long_one(database: SyncDatabase, wait: Wait) -> None:
    assert wait(filename="b.mp3", size_bytes=10_000_000).eta_s == 60.0
    assert database.run(past_speed, "whisper", 600.0) == 10.0


@pytest.mark.usefixtures("short_past")
def test_very_short_sessions_predict_a_short_one(database: SyncDatabase, wait: Wait) -> None:
    assert wait(filename="b.mp3", size_bytes=66_000).eta_s == 0.0
    assert database.run(past_speed, "whisper", 4.0) == 300.0


def test_only_very_short_sessions_give_no_estimate_for_a_long_one(
    database: SyncDatabase, wait: Wait, past: Past
) -> None:
    database.run(copy, past("s.mp3", 33_000, 2.0, 300.0), 59)
    assert wait(filename="b.mp3", size_bytes=10_000_000).eta_s is None
    assert database.run(past_speed, "whisper", 600.0) is None


@pytest.mark.parametrize("lengths_s", [(60.0,), (60.0, 59.0), (600.0, 60.0)])
def test_session_of_a_minute_predicts_any_longer_one(
    database: SyncDatabase, past: Past, lengths_s: tuple[float, ...]
) -> None:
    for length_s in lengths_s:
        past("a.mp3", 1000, length_s, length_s / 10)
    assert database.run(past_speed, "whisper", 36_000.0) == max(lengths_s) / 10


def test_past_speed_is_the_engines_median_weighted_by_length(database: SyncDatabase, past: Past) -> None:
    assert database.run(past_speed, "whisper", 100.0) is None
    for speed, length_s in ((2.0, 100.0), (9.0, 90.0), (4.0, 400.0), (20.0, 70.0), (30.0, 70.0)):
        past("a.mp3", 1000, length_s, speed)
    assert database.run(past_speed, "whisper", 100.0) == 4.0
    assert database.run(past_speed, "another", 100.0) is None


def test_estimate_of_the_next_session_is_its_own_time(wait: Wait, past: Past) -> None:
    past("a.mp3", 1000, 100.0, 10.0)  # 10 s for 1000 bytes
    status = wait(filename="B.MP3", size_bytes=3000)
    assert (status.eta_s, status.eta_range_s) == (30.0, (15.0, 45.0))
    assert status.message == "Next in line, about 30 s in all"


def test_estimate_begins_when_a_worker_will_be_free(
    database: SyncDatabase, queue: Queue, wait: Wait, past: Past
) -> None:
    past("a.mp3", 1000, 100.0, 10.0)
    running = [queue(filename="r.mp3", size_bytes=4000).id for _ in range(2)]
    claimed = [database.run(attempts.claim, sid, "whisper").status for sid in running]
    database.run(attempts.save, msgspec.structs.replace(after(claimed[0]), progress=0.5))
    first = wait(filename="b.mp3", size_bytes=2000)
    second = wait(filename="c.mp3", size_bytes=1000)
    assert first.eta_s == 20 + 20, "by the worker that is done after 20 s"
    assert second.eta_s == 40 + 10


def test_queue_without_workers_estimates_its_first_only(wait: Wait, past: Past) -> None:
    past("a.mp3", 1000, 100.0, 10.0)
    assert wait(filename="b.mp3", size_bytes=1000).eta_s == 10
    assert wait(filename="c.mp3", size_bytes=1000).eta_s is None


def test_session_that_moves_up_gets_a_new_estimate(database: SyncDatabase, queue: Queue, past: Past) -> None:
    past("a.mp3", 1000, 100.0, 10.0)
    first, second = (queue(filename="b.mp3", size_bytes=1000).id for _ in range(2))
    database.run(attempts.claim, first, "whisper")
    database.run(repository.renumber)
    assert eta_of(database, second) == 20


def test_retried_session_gets_an_estimate(database: SyncDatabase, queue: Queue, past: Past) -> None:
    past("a.mp3", 1000, 100.0, 10.0)
    sid = queue(filename="b.mp3", size_bytes=1000).id
    database.run(repository.cancel, sid, "ada")
    database.run(revisions.retry, sid, "ada")
    database.run(repository.renumber)
    assert eta_of(database, sid) == 10
