"""Whose session a free worker claims, and where everybody stands, on both databases."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session as Db

from playhead.db import Query, SyncDatabase, present
from playhead.sessions import attempts, repository
from playhead.sessions.models import TurnRow
from playhead.sessions.queue import first_queued
from playhead.sessions.status import Stage, State
from tests.contract.databases.sessions import LetPass, Queue, after, at_once, copy
from tests.support.databases import listening
from tests.support.stored import read_status

ENGINE = "whisper"


def claimed(database: SyncDatabase) -> str | None:
    session = database.run(attempts.claim_next, ENGINE)
    return session.id if session else None


def positions(database: SyncDatabase, *ids: str) -> list[int | None]:
    database.run(repository.renumber)
    return [database.run(read_status, session_id).queue_position for session_id in ids]


def used_s(database: SyncDatabase, owner_id: str) -> float:
    return database.run(lambda db: db.get_one(TurnRow, owner_id).used_s)


def test_nothing_waits(database: SyncDatabase) -> None:
    assert claimed(database) is None


def test_newcomer_comes_before_the_rest_of_a_long_queue(database: SyncDatabase, queue: Queue) -> None:
    first, *rest = [queue("ada").id for _ in range(20)]
    assert claimed(database) == first
    newcomer = queue("bob").id
    assert positions(database, newcomer, rest[0]) == [1, 2]
    assert claimed(database) == newcomer


def test_who_was_given_more_audio_of_late_waits(database: SyncDatabase, queue: Queue) -> None:
    session = queue("ada")
    taken = database.run(attempts.claim, session.id, ENGINE).status
    done = after(taken, Stage.COMPLETED, State.COMPLETED)
    database.run(attempts.save, done, [], audio_s=600.0)
    earlier, later = queue("ada").id, queue("bob").id
    assert [claimed(database), claimed(database)] == [later, earlier]


def test_only_new_audio_is_charged(database: SyncDatabase, queue: Queue) -> None:
    taken = database.run(attempts.claim, queue("ada").id, ENGINE).status
    database.run(attempts.save, after(taken), [], audio_s=30.0)
    assert used_s(database, "ada") == pytest.approx(30.0, abs=0.1)
    database.run(attempts.save, after(after(taken)), [])
    assert used_s(database, "ada") == pytest.approx(30.0, abs=0.1)


def test_usage_is_forgotten_with_time(database: SyncDatabase, queue: Queue) -> None:
    taken = database.run(attempts.claim, queue("ada").id, ENGINE).status
    database.run(attempts.save, after(taken), [], audio_s=100.0)

    def an_hour_ago(db: Db) -> None:
        db.get_one(TurnRow, "ada").used_at -= timedelta(hours=1)

    database.run(an_hour_ago)
    database.run(attempts.save, after(after(taken)), [], audio_s=10.0)
    assert used_s(database, "ada") == pytest.approx(60.0, abs=0.5)


def test_killed_worker_loses_no_turn(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    lost = queue("ada").id
    assert claimed(database) == lost
    others = [queue("ada").id, queue("bob").id]
    let_pass(attempts.LEASE + timedelta(seconds=1))
    database.run(attempts.recover)
    assert positions(database, *others) == [3, 1], "the lost session is second: Bob had no turn yet"
    assert [claimed(database) for _ in range(3)] == [others[1], lost, others[0]]


def test_session_that_is_delayed_is_passed_over(database: SyncDatabase, queue: Queue) -> None:
    status = database.run(attempts.claim, queue("ada").id, ENGINE).status
    database.run(attempts.postpone, status.session_id, status.attempt, timedelta(minutes=1))
    assert claimed(database) is None


def test_canceled_session_is_passed_over(database: SyncDatabase, queue: Queue) -> None:
    first, second = queue("ada").id, queue("ada").id
    database.run(repository.cancel, first, "ada")
    assert claimed(database) == second


def test_exhausted_session_is_named(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    session = queue("ada").id
    for _ in range(attempts.MAX_TRIES):
        assert claimed(database) == session
        let_pass(attempts.LEASE + timedelta(seconds=1))
        database.run(attempts.recover)
    with pytest.raises(attempts.Exhausted, match=session):
        claimed(database)


def test_workers_that_ask_at_once_get_different_sessions(database: SyncDatabase, queue: Queue) -> None:
    ids = [queue(owner).id for owner in ("ada", "bob") * 3]
    found = at_once(*[partial(claimed, database)] * 6)
    assert sorted(found) == sorted(ids)


def test_positions_are_those_in_which_sessions_are_claimed(database: SyncDatabase, queue: Queue) -> None:
    running = queue("ada").id
    assert claimed(database) == running
    ids = [queue(owner).id for owner in ("ada", "ada", "bob", "ada", "bob", "bob")]
    database.run(repository.renumber)
    numbered = sorted(ids, key=lambda one: database.run(read_status, one).queue_position or 0)
    assert [database.run(read_status, one).queue_position for one in numbered] == [1, 2, 3, 4, 5, 6]
    assert claimed(database) == numbered[0]


def test_choosing_reads_the_queue_from_its_index(database: SyncDatabase, queue: Queue) -> None:
    """With as many rows as make an index pay, and what autovacuum knows of them within a minute."""
    for owner in ("ada", "bob"):
        database.run(copy, queue(owner).id, 1000)

    def plan(db: Db) -> str:
        db.execute(text("ANALYZE"))
        dialect = db.get_bind().dialect
        explain = "EXPLAIN" if dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        query = first_queued(present(db)).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        return "\n".join(str(step) for step in db.execute(text(f"{explain} {query}")))

    steps = database.run(plan)
    assert "ix_sessions_turn" in steps
    assert not re.search(r"SCAN sessions(?! USING)|Seq Scan on sessions", steps), steps


Meanwhile = Callable[[Query[[str], object], str], None]


@pytest.fixture
def meanwhile(database: SyncDatabase, database_url: str) -> Iterator[Meanwhile]:
    """Makes a change, in another transaction, once the next worker has read who waits."""

    def change(query: Query[[str], object], session_id: str) -> None:
        def interfere(_1: object, _2: object, statement: str, *_: object) -> None:
            if "FROM turns" in statement and not interfered:
                interfered.append(statement)
                other.run(query, session_id)

        interfered: list[str] = []
        stack.enter_context(listening(database, "after_cursor_execute", interfere))

    with ExitStack() as stack:
        other = stack.enter_context(closing(SyncDatabase(database_url)))
        yield change


# On SQLite nobody else may write while a worker chooses.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_canceled_while_a_worker_chooses_leaves_the_turn(
    database: SyncDatabase, queue: Queue, meanwhile: Meanwhile
) -> None:
    canceled, other = queue("ada").id, queue("bob").id
    meanwhile(lambda db, session_id: repository.cancel(db, session_id, "ada"), canceled)
    assert claimed(database) == other


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_confirmed_while_a_worker_chooses_is_claimed(
    database: SyncDatabase, queue: Queue, meanwhile: Meanwhile
) -> None:
    session_id = queue("ada").id
    meanwhile(repository.mark_enqueued, session_id)
    assert claimed(database) == session_id


def test_person_has_at_most_so_many_running_sessions(database: SyncDatabase, queue: Queue) -> None:
    first, _second = queue("ada").id, queue("ada").id
    limited = partial(attempts.claim_next, engine=ENGINE, max_running=1)
    taken = database.run(limited)
    assert taken is not None
    assert taken.id == first
    assert database.run(limited) is None
    other = queue("bob").id
    claimed_by_bob = database.run(limited)
    assert claimed_by_bob is not None
    assert claimed_by_bob.id == other
