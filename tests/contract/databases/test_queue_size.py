"""How much waits and runs, as the gauges of the queue show it, on both databases."""

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import event, insert, select, text
from sqlalchemy.orm import Session as Db

from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.sessions import attempts
from playhead.sessions.models import SessionRow
from playhead.sessions.queue import QueueSize, size
from tests.contract.databases.sessions import LetPass, Queue

ENGINE = "whisper"


def test_empty_queue_has_no_age(database: SyncDatabase) -> None:
    assert database.run(size) == QueueSize(0, 0.0, 0)


def test_oldest_is_the_first_of_those_that_wait(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    taken = queue("ada").id
    let_pass(timedelta(minutes=5))
    queue("bob")
    let_pass(timedelta(minutes=2))
    queue("ada")
    database.run(attempts.claim, taken, ENGINE)
    found = database.run(size)
    assert (found.waiting, found.running) == (2, 1)
    assert 120 <= found.oldest_s < 150


def test_session_whose_worker_is_gone_waits_and_does_not_run(
    database: SyncDatabase, queue: Queue, let_pass: LetPass
) -> None:
    database.run(attempts.claim, queue("ada").id, ENGINE)
    let_pass(2 * attempts.LEASE)
    found = database.run(size)
    assert (found.waiting, found.running) == (1, 0)
    assert found.oldest_s >= 40


def test_postponed_session_waits_for_no_worker(database: SyncDatabase, queue: Queue) -> None:
    status = database.run(attempts.claim, queue("ada").id, ENGINE).status
    database.run(attempts.postpone, status.session_id, status.attempt, timedelta(minutes=1))
    assert database.run(size) == QueueSize(0, 0.0, 0)


def test_size_is_read_from_the_index(database: SyncDatabase, queue: Queue) -> None:
    """With as many finished sessions as make an index pay."""
    owner_id, plans = queue("ada").owner_id, list[str]()

    def fill(db: Db) -> None:
        row = db.scalars(select(SessionRow).limit(1)).one()
        values = {column.name: getattr(row, column.name) for column in SessionRow.__table__.columns}
        copies = [values | {"id": new_id(), "owner_id": owner_id, "state": "completed"} for _ in range(2000)]
        db.execute(insert(SessionRow), copies)
        db.execute(text("ANALYZE"))

    database.run(fill)
    explain = "EXPLAIN" if database.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"

    @event.listens_for(database.engine, "before_cursor_execute")
    def explained(_1: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM sessions" in statement:
            cursor.execute(f"{explain} {statement}", parameters)
            plans.append("\n".join(str(step) for step in cursor.fetchall()))

    database.run(size)
    assert len(plans) == 2
    for plan in plans:
        assert re.search(r"ix_sessions_(turn|state)", plan), plan
        assert not re.search(r"SCAN sessions(?! USING)|Seq Scan on sessions", plan), plan
