"""How much waits and runs, as the gauges of the queue show it, on both databases."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session as Db

from playhead.db import SyncDatabase
from playhead.sessions import attempts
from playhead.sessions.advance import advance
from playhead.sessions.models import Session
from playhead.sessions.queue import QueueSize, size
from playhead.sessions.stalled import ENDING, LOADING_PATIENCE
from playhead.sessions.status import FINAL, Stage, Status
from tests.contract.databases.sessions import LetPass, Queue, copy
from tests.support.databases import listening

ENGINE = "whisper"
STALL_S = 300.0


def read(database: SyncDatabase) -> QueueSize:
    return database.run(size, STALL_S)


def held(database: SyncDatabase, session: Session, stage: Stage) -> Status:
    """A worker claims the session, comes to this stage, and keeps its lease whatever passes."""
    status = advance(database.run(attempts.claim, session.id, ENGINE).status, stage=stage)
    database.run(attempts.save, status, lease=timedelta(hours=2))
    return status


def test_empty_queue_has_no_age(database: SyncDatabase) -> None:
    assert read(database) == QueueSize(0, 0.0, 0)


def test_oldest_is_the_first_of_those_that_wait(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    taken = queue("ada").id
    let_pass(timedelta(minutes=5))
    queue("bob")
    let_pass(timedelta(minutes=2))
    queue("ada")
    database.run(attempts.claim, taken, ENGINE)
    found = read(database)
    assert (found.waiting, found.running) == (2, 1)
    assert 120 <= found.oldest_s < 150


def test_session_whose_worker_is_gone_waits_and_does_not_run(
    database: SyncDatabase, queue: Queue, let_pass: LetPass
) -> None:
    database.run(attempts.claim, queue("ada").id, ENGINE)
    let_pass(2 * attempts.LEASE)
    found = read(database)
    assert (found.waiting, found.running) == (1, 0)
    assert found.oldest_s >= 40


def test_postponed_session_waits_for_no_worker(database: SyncDatabase, queue: Queue) -> None:
    status = database.run(attempts.claim, queue("ada").id, ENGINE).status
    database.run(attempts.postpone, status.session_id, status.attempt, timedelta(minutes=1))
    assert read(database) == QueueSize(0, 0.0, 0)


def test_session_waits_again_from_the_end_of_its_attempt(
    database: SyncDatabase, queue: Queue, let_pass: LetPass
) -> None:
    session = queue("ada")
    let_pass(timedelta(hours=1))
    status = database.run(attempts.claim, session.id, ENGINE).status
    database.run(attempts.release, session.id, status.attempt)
    let_pass(timedelta(minutes=1))
    found = read(database)
    assert found.waiting == 1
    assert 60 <= found.oldest_s < 90


@pytest.mark.parametrize(
    ("stage", "patience"),
    [
        (Stage.DECODING, LOADING_PATIENCE),
        (Stage.LOADING_MODEL, LOADING_PATIENCE),
        (Stage.TRANSCRIBING, 1),
        (Stage.FINALIZING, 1),
    ],
)
def test_session_is_stalled_after_what_its_stage_may_take(
    database: SyncDatabase, queue: Queue, let_pass: LetPass, stage: Stage, patience: int
) -> None:
    held(database, queue("ada"), stage)
    let_pass(timedelta(seconds=patience * STALL_S) + ENDING - timedelta(seconds=20))
    assert (read(database).running, read(database).stalled) == (1, 0)
    let_pass(timedelta(seconds=40))
    assert (read(database).running, read(database).stalled) == (1, 1)


@pytest.mark.parametrize("stops", [attempts.release, attempts.renew])
def test_session_without_a_worker_or_with_progress_is_not_stalled(
    database: SyncDatabase, queue: Queue, let_pass: LetPass, stops: Callable[..., object]
) -> None:
    """Its lease ended, or ran out: then another worker takes it, and it waits."""
    session = queue("ada")
    held(database, session, Stage.TRANSCRIBING)
    database.run(stops, session.id, 1)  # a renewal is for 20 s
    let_pass(timedelta(hours=1))
    assert (read(database).running, read(database).stalled) == (0, 0)


def test_progress_ends_a_stall(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    session = queue("ada")
    status = held(database, session, Stage.TRANSCRIBING)
    let_pass(timedelta(hours=1))
    assert read(database).stalled == 1
    database.run(attempts.save, advance(status, stage=Stage.TRANSCRIBING), [])
    assert (read(database).running, read(database).stalled) == (1, 0)


@pytest.mark.parametrize("query", [partial(size, stall_s=STALL_S), attempts.recover])
def test_what_is_asked_each_few_seconds_reads_no_finished_session(
    database: SyncDatabase, queue: Queue, query: Callable[[Db], object]
) -> None:
    """With as many finished sessions as make an index pay."""
    plans = list[str]()

    def fill(db: Db, session_id: str) -> None:
        for state in FINAL:
            copy(db, session_id, 1000, state=state)
        db.execute(text("ANALYZE"))

    database.run(fill, queue("ada").id)
    explain = "EXPLAIN" if database.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"

    def explained(_1: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM sessions" in statement:
            cursor.execute(f"{explain} {statement}", parameters)
            plans.append("\n".join(str(step) for step in cursor.fetchall()))

    with listening(database, "before_cursor_execute", explained):
        database.run(query)
    assert len(plans) == 2
    for plan in plans:
        assert re.search(r"ix_sessions_(turn|state)", plan), plan
        assert not re.search(r"SCAN sessions(?! USING)|Seq Scan on sessions", plan), plan


def test_running_sessions_are_counted_by_the_database(database: SyncDatabase, queue: Queue) -> None:
    """Their rows would keep the interpreter from everything else: 30 ms for 10,000."""
    held(database, queue("ada"), Stage.TRANSCRIBING)
    read_rows = list[str]()

    def note(_1: Any, _2: Any, statement: str, *_: Any) -> None:
        if "FROM sessions" in statement and not re.match(r"SELECT (count|min)\(", statement):
            read_rows.append(statement)

    with listening(database, "before_cursor_execute", note):
        assert read(database).running == 1
    assert not read_rows
