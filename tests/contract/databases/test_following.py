"""The queries of streams and polls, on both kinds of database."""

from datetime import timedelta

import msgspec
from sqlalchemy import update
from structlog.testing import capture_logs

from playhead.db import SyncDatabase
from playhead.live.clock import now
from playhead.sessions import attempts, following, repository
from playhead.sessions.following import Owned
from playhead.sessions.models import SessionRow
from playhead.sessions.status import Stage, State, encode
from tests.contract.databases.sessions import Queue, after

HOUR = timedelta(hours=1)


def test_sessions_are_found_by_id_for_any_owner(database: SyncDatabase, queue: Queue) -> None:
    first, second = queue(), queue(owner_id="bob")
    found = database.run(following.by_id, [first.id, second.id, "absent"])
    assert found == {first.id: Owned("ada", first.status), second.id: Owned("bob", second.status)}
    assert database.run(following.by_id, []) == {}


def test_unreadable_status_does_not_fail_the_others(database: SyncDatabase, queue: Queue) -> None:
    readable, unreadable = queue(), queue()
    document = encode(unreadable.status).replace(b'"stage":"queued"', b'"stage":"dreaming"').decode()
    newer = update(SessionRow).where(SessionRow.id == unreadable.id).values(status=document)
    database.run(lambda db: db.execute(newer))
    with capture_logs() as lines:
        found = database.run(following.by_id, [readable.id, unreadable.id])
        assert found[readable.id] == Owned("ada", readable.status)
        assert isinstance(found[unreadable.id], msgspec.DecodeError)
        assert lines == [], "its caller reports the error that it gets"
        assert database.run(following.followed, "ada", now() + HOUR, {}) == [readable.status]
    assert [line["event"] for line in lines] == ["a stored status cannot be read"]


def test_followed_are_live_sessions_and_those_changed_since(database: SyncDatabase, queue: Queue) -> None:
    live, ended = queue(), queue()
    queue(owner_id="bob")
    canceled = database.run(repository.cancel, ended.id, "ada").status
    assert database.run(following.followed, "ada", now() + HOUR, {}) == [live.status]
    assert database.run(following.followed, "ada", now() - HOUR, {}) == [canceled, live.status]


def test_final_session_is_followed_despite_a_late_worker_clock(database: SyncDatabase, queue: Queue) -> None:
    claimed = database.run(attempts.claim, queue().id, "engine")
    late = msgspec.structs.replace(claimed.status, updated_at=now() - HOUR)
    final = after(late, Stage.COMPLETED, State.COMPLETED)
    since = now()
    database.run(attempts.save, final)
    assert database.run(following.followed, "ada", since, {}) == [final]


def test_session_of_the_reader_that_ended_is_followed(database: SyncDatabase, queue: Queue) -> None:
    session = queue()
    canceled = database.run(repository.cancel, session.id, "ada").status
    versions = {session.id: session.status.version}
    assert database.run(following.followed, "ada", now() + HOUR, versions) == [canceled]


def test_deleted_session_of_the_reader_is_canceled(database: SyncDatabase, queue: Queue) -> None:
    session = queue()
    claimed = database.run(attempts.claim, session.id, "engine")
    database.run(repository.remove, session.id, "ada")
    (last,) = database.run(following.followed, "ada", now(), {session.id: claimed.status.version})
    assert (last.session_id, last.state, last.stage) == (session.id, State.CANCELED, Stage.CANCELED)
    assert last.version == 2_000_001
    assert last.message == "Canceled"
