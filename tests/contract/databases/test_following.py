"""What those who follow sessions are told by the database. On both kinds of it."""

from datetime import timedelta

import msgspec
from sqlalchemy import update

from playhead.clock import now
from playhead.db import SyncDatabase
from playhead.sessions import attempts, following, repository
from playhead.sessions.models import SessionRow
from playhead.sessions.status import Stage, State, encode
from tests.contract.databases.sessions import Queue, after

HOUR = timedelta(hours=1)


def test_sessions_are_found_by_their_ids_whoever_has_them(database: SyncDatabase, queue: Queue) -> None:
    first, second = queue(), queue(owner_id="bob")
    found = database.run(following.by_id, [first.id, second.id, "absent"])
    assert found == {first.id: first, second.id: second}
    assert database.run(following.by_id, []) == {}


def test_status_of_a_newer_release_is_nobody_elses_failure(database: SyncDatabase, queue: Queue) -> None:
    known, unknown = queue(), queue()
    document = encode(unknown.status).replace(b'"stage":"queued"', b'"stage":"dreaming"').decode()
    newer = update(SessionRow).where(SessionRow.id == unknown.id).values(status=document)
    database.run(lambda db: db.execute(newer))
    found = database.run(following.by_id, [known.id, unknown.id])
    assert found[known.id] == known
    assert isinstance(found[unknown.id], msgspec.DecodeError)
    assert database.run(following.followed, "ada", now() + HOUR, {}) == [known.status]


def test_a_person_follows_what_is_not_final_and_what_changed_since(database: SyncDatabase, queue: Queue) -> None:
    live, ended = queue(), queue()
    queue(owner_id="bob")
    canceled = database.run(repository.cancel, ended.id, "ada").status
    assert database.run(following.followed, "ada", now() + HOUR, {}) == [live.status]
    assert database.run(following.followed, "ada", now() - HOUR, {}) == [canceled, live.status]


def test_one_that_ended_is_found_where_the_clock_of_its_worker_is_behind(database: SyncDatabase, queue: Queue) -> None:
    claimed = database.run(attempts.claim, queue().id, "engine")
    late = msgspec.structs.replace(claimed.status, updated_at=now() - HOUR)
    final = after(late, Stage.COMPLETED, State.COMPLETED)
    since = now()
    database.run(attempts.save, final)
    assert database.run(following.followed, "ada", since, {}) == [final]


def test_one_that_was_followed_and_ended_is_told_of_whenever_that_was(database: SyncDatabase, queue: Queue) -> None:
    session = queue()
    canceled = database.run(repository.cancel, session.id, "ada").status
    known = {session.id: session.status.version}
    assert database.run(following.followed, "ada", now() + HOUR, known) == [canceled]


def test_one_that_was_followed_and_deleted_is_canceled_above_every_word_of_its_worker(
    database: SyncDatabase, queue: Queue
) -> None:
    session = queue()
    claimed = database.run(attempts.claim, session.id, "engine")
    database.run(repository.remove, session.id, "ada")
    (last,) = database.run(following.followed, "ada", now(), {session.id: claimed.status.version})
    assert (last.session_id, last.state, last.stage) == (session.id, State.CANCELED, Stage.CANCELED)
    assert last.version == 2_000_001
    assert last.message == "Canceled"
