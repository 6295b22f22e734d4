"""The queries for people, on both kinds of database: create, read, list, cancel, retry, delete."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import func, select

from playhead.db import SyncDatabase
from playhead.errors import Problem
from playhead.sessions import attempts, repository, revisions, transcript
from playhead.sessions.facts import Options
from playhead.sessions.models import Segment, SegmentRow, Session
from playhead.sessions.status import Failure, Stage, State, Status
from tests.contract.databases.sessions import LetPass, Queue, at_once, copy
from tests.support.databases import listening
from tests.support.stored import read_status

ROUNDS = 12
"""Rounds of a race: enough for every order of two transactions, and quick."""
CROWD, AT_ONCE = 60, 12
"""Sessions, and threads that take them out of the queue: with one transaction for both, 38 of 60 failed."""


def test_new_session_waits_at_the_end_of_the_queue(database: SyncDatabase, queue: Queue) -> None:
    first, second = queue(), queue(filename="二.wav", options=Options(language="de"))
    assert (first.status.queue_position, second.status.queue_position) == (1, 2)
    assert second.status.message == "Waiting: 1 session ahead"
    read = database.run(repository.get, second.id, "ada")
    assert read == second
    assert (read.filename, read.language, read.status.state, read.status.attempt) == ("二.wav", "de", State.QUEUED, 0)
    assert database.run(read_status, second.id) == second.status


@pytest.mark.parametrize("whose", ["absent", "bob's"])
@pytest.mark.parametrize("query", [repository.get, repository.cancel, revisions.retry, repository.remove])
def test_absent_and_foreign_sessions_raise_the_same_problem(
    database: SyncDatabase, queue: Queue, query: Callable[..., object], whose: str
) -> None:
    sid = queue("bob").id if whose == "bob's" else "absent"
    with pytest.raises(Problem) as refused:
        database.run(query, sid, "ada")
    assert refused.value.document() == Problem(404, "session_not_found", "There is no such session.").document()


def test_pages_hold_each_session_once_newest_first(database: SyncDatabase, queue: Queue) -> None:
    first = queue().id
    made = [first, *database.run(copy, first, 2 * repository.PAGE_SIZE)]
    queue("bob")
    seen: list[str] = []
    cursor: str | None = None
    sizes = []
    while True:
        shown, cursor = database.run(repository.page, "ada", cursor)
        sizes.append(len(shown))
        seen += [session.id for session in shown]
        if cursor is None:
            break
    assert sizes == [repository.PAGE_SIZE, repository.PAGE_SIZE, 1]
    assert seen == sorted(made, reverse=True)


def test_exactly_full_page_is_the_last(database: SyncDatabase, queue: Queue) -> None:
    database.run(copy, queue().id, repository.PAGE_SIZE - 1)
    shown, cursor = database.run(repository.page, "ada")
    assert (len(shown), cursor) == (repository.PAGE_SIZE, None)


def test_segments_are_read_from_an_index_on(database: SyncDatabase, queue: Queue) -> None:
    sid = queue().id
    written = [Segment(index, index * 1.5, index * 1.5 + 1, f"word {index}") for index in range(5)]
    database.run(transcript.add_segments, sid, written)
    assert database.run(transcript.segments, sid) == written
    assert database.run(transcript.segments, sid, 3) == written[3:]
    assert database.run(transcript.segments, sid, 1, limit=2) == written[1:3]
    assert database.run(transcript.segments, sid, 5) == []


def test_waiting_session_is_canceled_at_once(database: SyncDatabase, queue: Queue) -> None:
    session = queue()
    status = database.run(repository.cancel, session.id, "ada").status
    assert (status.state, status.version, status.queue_position) == (State.CANCELED, 2, None)
    assert database.run(read_status, session.id) == status
    with pytest.raises(attempts.Fenced):
        database.run(attempts.claim, session.id, "whisper")


def test_worker_of_a_running_session_is_asked_to_stop(database: SyncDatabase, queue: Queue) -> None:
    sid = queue().id
    claimed = database.run(attempts.claim, sid, "whisper").status
    assert database.run(repository.cancel, sid, "ada").status == claimed
    assert database.run(attempts.renew, sid, claimed.attempt) is True


def test_running_session_without_a_lease_is_canceled_at_once(
    database: SyncDatabase, queue: Queue, let_pass: LetPass
) -> None:
    sid = queue().id
    database.run(attempts.claim, sid, "whisper")
    let_pass(attempts.LEASE)
    assert database.run(repository.cancel, sid, "ada").status.state is State.CANCELED
    with pytest.raises(attempts.Fenced):
        database.run(attempts.renew, sid, 1)


@pytest.mark.parametrize("state", [State.COMPLETED, State.FAILED, State.CANCELED])
def test_final_session_cannot_be_canceled(database: SyncDatabase, queue: Queue, state: State) -> None:
    sid = finished(database, queue, state).session_id
    with pytest.raises(Problem) as refused:
        database.run(repository.cancel, sid, "ada")
    assert (refused.value.status, refused.value.code) == (409, "already_final")


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELED])
def test_retry_queues_again_and_keeps_the_progress(database: SyncDatabase, queue: Queue, state: State) -> None:
    before = finished(database, queue, state)
    queue()
    status = database.run(revisions.retry, before.session_id, "ada").status
    assert (status.state, status.stage, status.error, status.queue_position) == (
        State.QUEUED,
        Stage.QUEUED,
        None,
        2,
    )
    assert status.version == before.version + 1
    again = database.run(attempts.claim, before.session_id, "whisper").status
    assert (again.attempt, again.position_s, again.segments) == (before.attempt + 1, 1.0, 1)


def test_retry_of_other_sessions_is_a_409(database: SyncDatabase, queue: Queue) -> None:
    waiting, done = queue().id, finished(database, queue, State.COMPLETED).session_id
    hopeless = finished(database, queue, State.FAILED, retryable=False).session_id
    for sid in (waiting, done, hopeless):
        with pytest.raises(Problem) as refused:
            database.run(revisions.retry, sid, "ada")
        assert (refused.value.status, refused.value.code) == (409, "not_retryable")


def test_late_write_after_cancel_and_retry_is_fenced(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    sid = queue().id
    late = database.run(attempts.claim, sid, "whisper").status
    let_pass(attempts.LEASE)
    database.run(repository.cancel, sid, "ada")
    waiting = database.run(revisions.retry, sid, "ada").status
    with pytest.raises(attempts.Fenced):
        database.run(attempts.save, late)
    assert database.run(read_status, sid) == waiting


def test_remove_deletes_the_rows_and_returns_the_audio_key(database: SyncDatabase, queue: Queue) -> None:
    sid = queue(audio_key="audio/9").id
    status = database.run(attempts.claim, sid, "whisper").status
    database.run(transcript.add_segments, sid, [Segment(0, 0, 1, "words")])
    assert database.run(repository.remove, sid, "ada").audio_key == "audio/9"
    assert database.run(lambda db: db.scalar(select(func.count()).select_from(SegmentRow))) == 0
    with pytest.raises(attempts.Fenced):
        database.run(attempts.save, status, [Segment(1, 1, 2, "late")])


def test_queue_moves_up_when_it_gets_shorter(database: SyncDatabase, queue: Queue) -> None:
    ids = [queue().id for _ in range(4)]
    database.run(repository.cancel, ids[1], "ada")
    changed = database.run(repository.renumber)
    assert [(moved.id, moved.status.queue_position, moved.status.version) for moved in changed] == [
        (ids[2], 2, 2),
        (ids[3], 3, 2),
    ]
    assert changed[1].status.message == "Waiting: 2 sessions ahead"
    assert database.run(repository.renumber) == []


def test_renumbering_never_undoes_a_claim(database: SyncDatabase, queue: Queue) -> None:
    for _ in range(ROUNDS):
        database.run(repository.cancel, queue().id, "ada")
        ids = [queue().id for _ in range(3)]
        database.run(repository.cancel, ids[0], "ada")
        claimed, _ = at_once(
            partial(database.run, attempts.claim, ids[1], "whisper"), partial(database.run, repository.renumber)
        )
        assert isinstance(claimed, Session)
        assert database.run(read_status, ids[1]) == claimed.status
        database.run(repository.remove, ids[1], "ada")
        database.run(repository.remove, ids[2], "ada")


def test_plan_of_a_queue_that_changed_meanwhile_is_made_again(database: SyncDatabase, queue: Queue) -> None:
    ids = [queue().id for _ in range(3)]
    leaving = iter(ids[:1])

    def leave(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("UPDATE sessions") or "advisory" in statement:  # it is planned, and takes the lock now
            for sid in leaving:
                database.run(repository.cancel, sid, "ada")

    with listening(database, "before_cursor_execute", leave):
        database.run(repository.renumber)
    assert [database.run(read_status, sid).queue_position for sid in ids[1:]] == [1, 2]


def test_many_leaving_the_queue_at_once_do_not_deadlock(
    database: SyncDatabase, queue: Queue, let_pass: LetPass
) -> None:
    ids = [queue().id for _ in range(CROWD)]
    let_pass(attempts.RESEND_AFTER)
    leave: list[Callable[[str], object]] = [
        lambda sid: database.run(repository.cancel, sid, "ada"),
        lambda sid: database.run(repository.remove, sid, "ada"),
        lambda sid: database.run(attempts.claim, sid, "whisper"),
        lambda sid: database.run(attempts.recover),
    ]

    def go(number: int) -> None:
        leave[number % len(leave)](ids[number])
        database.run(repository.renumber)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(go, reversed(range(CROWD))))
    left = [database.run(read_status, sid) for sid in ids[3 :: len(leave)]]
    assert [status.queue_position for status in left] == list(range(1, CROWD // len(leave) + 1))


def test_removal_and_claim_at_once_are_in_one_order(database: SyncDatabase, queue: Queue) -> None:
    for _ in range(ROUNDS):
        sid = queue().id
        claimed, removed = at_once(
            partial(database.run, attempts.claim, sid, "whisper"), partial(database.run, repository.remove, sid, "ada")
        )
        assert isinstance(removed, Session)
        if isinstance(claimed, Session):
            assert removed.status == claimed.status
        else:
            assert isinstance(claimed, attempts.Fenced)
            assert removed.status.attempt == 0


def test_cancellation_and_claim_at_once_keep_versions_rising(database: SyncDatabase, queue: Queue) -> None:
    for _ in range(ROUNDS):
        sid = queue().id
        claimed, canceled = at_once(
            partial(database.run, attempts.claim, sid, "whisper"),
            partial(database.run, repository.cancel, sid, "ada"),
        )
        stored = database.run(read_status, sid)
        assert isinstance(canceled, Session)
        if isinstance(claimed, Session):
            assert stored == claimed.status
            assert database.run(attempts.renew, sid, 1) is True
        else:
            assert isinstance(claimed, attempts.Fenced)
            assert stored.state is State.CANCELED
            assert stored == canceled.status


def finished(database: SyncDatabase, queue: Queue, state: State, *, retryable: bool = True) -> Status:
    """Creates a session with one segment and this final state."""
    claimed = database.run(attempts.claim, queue().id, "whisper").status
    error = Failure(code="boom", message="It broke.", retryable=retryable, debug_id="d")
    status = Status(
        session_id=claimed.session_id,
        version=claimed.version + 1,
        attempt=claimed.attempt,
        state=state,
        stage=Stage(state),
        message="",
        position_s=1.0,
        segments=1,
        error=error if state is State.FAILED else None,
        updated_at=claimed.updated_at,
    )
    database.run(attempts.save, status, [Segment(0, 0, 1, "words")])
    return status
