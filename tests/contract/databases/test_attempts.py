"""The writes of workers to a session, on both kinds of database: the attempt number is the fence.

Over 300 lines, because the whole list of interleavings between independent workers is in one file.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import msgspec
import pytest
from sqlalchemy import text

from playhead.db import QueryFailed, SyncDatabase
from playhead.errors import Problem
from playhead.sessions import attempts, repository, revisions, transcript
from playhead.sessions.models import Segment
from playhead.sessions.status import ATTEMPT_SPAN, Failure, Stage, State
from tests.contract.databases.sessions import LetPass, Queue, after, at_once
from tests.support.stored import read_status

POISONED = Failure(code="gave_up", message="It was given up.", retryable=False, debug_id="d")
LONG = attempts.LEASE + attempts.UNSENT_AFTER


def test_claim_raises_the_attempt_and_the_version(database: SyncDatabase, queue: Queue) -> None:
    waiting = queue()
    claimed = database.run(attempts.claim, waiting.id, "whisper")
    status = claimed.status
    assert (status.attempt, status.version, status.state) == (1, ATTEMPT_SPAN + 1, State.PROCESSING)
    assert (status.stage, status.queue_position) == (Stage.DECODING, None)
    assert claimed.engine == "whisper"
    assert database.run(repository.get, waiting.id, "ada") == claimed


def test_leased_session_cannot_be_claimed(database: SyncDatabase, queue: Queue) -> None:
    taken = queue().id
    database.run(attempts.claim, taken, "whisper")
    with pytest.raises(attempts.Leased) as held:
        database.run(attempts.claim, taken, "whisper")
    assert 0 < held.value.seconds <= attempts.LEASE.total_seconds()


def test_only_one_of_two_claims_at_once_succeeds(database: SyncDatabase, queue: Queue) -> None:
    for _ in range(6):
        claim = partial(database.run, attempts.claim, queue().id, "whisper")
        outcomes = at_once(claim, claim)
        assert sorted(isinstance(outcome, attempts.Leased) for outcome in outcomes) == [False, True]


def test_late_writes_of_a_lost_attempt_are_fenced(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    taken = queue().id
    late = database.run(attempts.claim, taken, "whisper").status
    let_pass(attempts.LEASE)
    present = database.run(attempts.claim, taken, "whisper").status
    assert (present.attempt, present.stage) == (2, Stage.RETRYING)
    assert present.message == "Interrupted: attempt 2 goes on"
    writes: list[Callable[[], object]] = [
        lambda: database.run(attempts.save, after(late), [Segment(0, 0, 1, "late")]),
        lambda: database.run(attempts.save, after(late, Stage.COMPLETED, State.COMPLETED)),
        lambda: database.run(attempts.renew, taken, 1),
        lambda: database.run(attempts.release, taken, 1),
    ]
    for write in writes:
        with pytest.raises(attempts.Fenced):
            write()
    assert database.run(read_status, taken) == present
    assert database.run(transcript.segments, taken) == []


def test_renewed_lease_keeps_the_session(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    taken = queue().id
    database.run(attempts.claim, taken, "whisper")
    let_pass(attempts.LEASE)
    assert database.run(attempts.renew, taken, 1) is False
    with pytest.raises(attempts.Leased):
        database.run(attempts.claim, taken, "whisper")


def test_released_session_can_be_claimed_at_once(database: SyncDatabase, queue: Queue) -> None:
    taken = queue().id
    for attempt in range(1, attempts.MAX_TRIES + 2):
        assert database.run(attempts.claim, taken, "whisper").status.attempt == attempt
        database.run(attempts.release, taken, attempt)


def test_session_whose_workers_died_is_given_up(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    taken = queue().id
    for _ in range(attempts.MAX_TRIES):
        database.run(attempts.claim, taken, "whisper")
        let_pass(attempts.LEASE)
    with pytest.raises(attempts.Exhausted):
        database.run(attempts.claim, taken, "whisper")
    given_up = database.run(attempts.give_up, taken, POISONED)
    assert given_up is not None
    status = given_up.status
    assert (status.state, status.attempt, status.error) == (State.FAILED, attempts.MAX_TRIES + 1, POISONED)
    assert status.message == "It was given up."
    assert database.run(read_status, taken) == status
    assert database.run(attempts.give_up, taken, POISONED) is None
    assert database.run(attempts.give_up, "absent", POISONED) is None
    with pytest.raises(Problem):
        database.run(revisions.retry, taken, "ada")


def test_session_with_progress_is_never_given_up(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    taken = queue().id
    for attempt in range(1, 3 * attempts.MAX_TRIES):
        status = database.run(attempts.claim, taken, "whisper").status
        assert status.attempt == attempt
        database.run(attempts.save, after(status), [])
        let_pass(attempts.LEASE)


def test_status_and_segments_are_saved_in_one_transaction(database: SyncDatabase, queue: Queue) -> None:
    taken = queue().id
    status = database.run(attempts.claim, taken, "whisper").status
    first = after(msgspec.structs.replace(status, segments=1))
    assert database.run(attempts.save, first, [Segment(0, 0, 1, "a")], duration_s=9.5, language="de") is False
    with pytest.raises(QueryFailed):
        database.run(attempts.save, after(first), [Segment(0, 0, 1, "again")])
    assert database.run(read_status, taken) == first
    assert database.run(transcript.segments, taken) == [Segment(0, 0, 1, "a")]
    session = database.run(repository.get, taken, "ada")
    assert (session.duration_s, session.language) == (9.5, "de")


@pytest.mark.parametrize("state", [State.COMPLETED, State.FAILED, State.CANCELED])
def test_final_state_is_written_once(database: SyncDatabase, queue: Queue, state: State) -> None:
    taken = queue().id
    claimed = database.run(attempts.claim, taken, "whisper").status
    final = after(claimed, Stage(state), state)
    database.run(attempts.save, final)
    for other in (State.COMPLETED, State.FAILED, State.CANCELED):
        with pytest.raises(attempts.Fenced):
            database.run(attempts.save, after(final, Stage(other), other))
    with pytest.raises(attempts.Fenced):
        database.run(attempts.claim, taken, "whisper")
    assert database.run(attempts.give_up, taken, POISONED) is None
    assert database.run(read_status, taken) == final


def test_unsent_message_is_recovered(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    unsent, sent = queue().id, queue().id
    database.run(repository.mark_enqueued, sent)
    assert database.run(attempts.recover).send == []
    let_pass(attempts.UNSENT_AFTER)
    assert database.run(attempts.recover).send == [unsent]
    assert database.run(attempts.recover).send == []


def test_session_with_an_expired_lease_is_recovered(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    taken = queue().id
    database.run(repository.mark_enqueued, taken)
    database.run(attempts.claim, taken, "whisper")
    assert database.run(attempts.recover).send == []
    let_pass(attempts.LEASE)
    assert database.run(attempts.recover).send == [taken]
    assert database.run(attempts.claim, taken, "whisper").status.attempt == 2


def test_lost_message_is_sent_again_once_in_an_interval(
    database: SyncDatabase, queue: Queue, let_pass: LetPass
) -> None:
    first, second = queue(), queue()
    for session in (first, second):
        database.run(repository.mark_enqueued, session.id)
    let_pass(attempts.RESEND_AFTER - attempts.UNSENT_AFTER)
    assert database.run(attempts.recover).send == []
    let_pass(attempts.UNSENT_AFTER)
    for _ in range(3):
        assert database.run(attempts.recover).send == [first.id, second.id]
        for session in (first, second):
            database.run(repository.mark_enqueued, session.id)
        let_pass(attempts.RESEND_AFTER - attempts.UNSENT_AFTER)
        assert database.run(attempts.recover).send == []
        let_pass(attempts.UNSENT_AFTER)


def test_unclaimed_session_is_overdue_and_sent_on_demand(
    database: SyncDatabase, queue: Queue, let_pass: LetPass
) -> None:
    sid = queue().id
    database.run(repository.mark_enqueued, sid)
    assert not database.run(attempts.recover).overdue
    let_pass(attempts.TAKEN_WITHIN)
    assert database.run(attempts.recover) == attempts.Recovered([], [], overdue=True)
    assert database.run(attempts.recover, attempts.TAKEN_WITHIN).send == [sid]
    database.run(repository.mark_enqueued, sid)
    assert database.run(attempts.recover, attempts.TAKEN_WITHIN) == attempts.Recovered([], [])


def test_sending_again_keeps_status_and_queue_position(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    first, second = queue(), queue()
    database.run(repository.mark_enqueued, second.id)
    let_pass(attempts.UNSENT_AFTER)
    assert database.run(attempts.recover) == attempts.Recovered([first.id], [], overdue=True)
    assert database.run(repository.renumber) == []
    assert [database.run(read_status, session.id) for session in (first, second)] == [
        first.status,
        second.status,
    ]


def test_second_message_of_a_claimed_session_is_refused(
    database: SyncDatabase, queue: Queue, let_pass: LetPass
) -> None:
    sid = queue().id
    database.run(repository.mark_enqueued, sid)
    let_pass(attempts.RESEND_AFTER)
    assert database.run(attempts.recover).send == [sid]
    claimed = database.run(attempts.claim, sid, "whisper").status
    with pytest.raises(attempts.Leased):
        database.run(attempts.claim, sid, "whisper")
    database.run(attempts.save, after(claimed, Stage.COMPLETED, State.COMPLETED))
    with pytest.raises(attempts.Fenced):
        database.run(attempts.claim, sid, "whisper")
    let_pass(attempts.RESEND_AFTER)
    assert database.run(attempts.recover).send == []


def test_expired_lease_makes_it_retrying_and_fences_the_worker(
    database: SyncDatabase, queue: Queue, let_pass: LetPass
) -> None:
    sid = queue().id
    claimed = database.run(attempts.claim, sid, "whisper").status
    got = msgspec.structs.replace(after(claimed), position_s=252.0, eta_s=9.0, segments=1)
    database.run(attempts.save, got, [Segment(0, 0, 1, "a")])
    let_pass(attempts.LEASE)
    found = database.run(attempts.recover)
    status = found.changed[0].status
    assert len(found.changed) == 1
    assert found.send == [sid]
    assert (status.version, status.attempt, status.stage) == (got.version + 1, got.attempt, Stage.RETRYING)
    assert status.message == "Interrupted: attempt 2 goes on from 4:12 as soon as a worker is free"
    assert (status.eta_s, status.retry_in_s) == (None, 0.0)
    assert database.run(read_status, sid) == status
    with pytest.raises(attempts.Fenced):
        database.run(attempts.renew, sid, 1)
    with pytest.raises(attempts.Fenced):
        database.run(attempts.save, after(got))
    assert database.run(attempts.claim, sid, "whisper").status.message == "Interrupted: attempt 2 goes on from 4:12"


def test_postponed_attempt_has_a_time_and_is_not_sent_before(
    database: SyncDatabase, queue: Queue, let_pass: LetPass
) -> None:
    sid, wait = queue().id, timedelta(minutes=1)
    for attempt in range(1, attempts.MAX_TRIES):
        database.run(attempts.claim, sid, "whisper")
        status = database.run(attempts.postpone, sid, attempt, wait).status
        assert (status.stage, status.retry_in_s) == (Stage.RETRYING, 60.0)
        let_pass(wait)
        assert database.run(attempts.recover).send == []
    database.run(attempts.claim, sid, "whisper")
    with pytest.raises(attempts.Exhausted):
        database.run(attempts.postpone, sid, attempts.MAX_TRIES, wait)
    assert database.run(attempts.renew, sid, attempts.MAX_TRIES) is False
    with pytest.raises(attempts.Fenced):
        database.run(attempts.postpone, sid, 1, wait)


@pytest.mark.parametrize("lost", ["lease over", "released"])
def test_lost_session_is_recovered_until_its_message_is_confirmed(
    database: SyncDatabase, queue: Queue, let_pass: LetPass, lost: str
) -> None:
    taken = queue().id
    database.run(repository.mark_enqueued, taken)
    database.run(attempts.claim, taken, "whisper")
    if lost == "released":
        database.run(attempts.release, taken, 1)
    for _ in range(2):
        let_pass(LONG)
        assert database.run(attempts.recover).send == [taken]
    database.run(repository.mark_enqueued, taken)
    let_pass(LONG)
    assert database.run(attempts.recover).send == []
    let_pass(attempts.RESEND_AFTER)
    assert database.run(attempts.recover).send == [taken]


def test_concurrent_recovers_never_share_a_session(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    for _ in range(6):
        waiting, running = queue().id, queue().id
        database.run(attempts.claim, running, "whisper")
        let_pass(LONG)
        found = [one.send for one in at_once(*[partial(database.run, attempts.recover)] * 3)]
        assert sorted(itertools.chain(*found)) == sorted([waiting, running])
        for sent in (waiting, running):
            database.run(repository.remove, sent, "ada")


@pytest.mark.parametrize("how", ["lease over", "released", "put off"])
def test_canceled_session_ends_with_its_lease(
    database: SyncDatabase, queue: Queue, let_pass: LetPass, how: str
) -> None:
    sid = queue().id
    database.run(repository.mark_enqueued, sid)
    database.run(attempts.claim, sid, "whisper")
    assert database.run(attempts.asked_to_stop, sid, 1) is False
    database.run(repository.cancel, sid, "ada")
    assert database.run(attempts.asked_to_stop, sid, 1) is True
    if how == "released":
        ended = database.run(attempts.release, sid, 1)
    elif how == "put off":
        ended = database.run(attempts.postpone, sid, 1, timedelta(minutes=1))
    else:
        let_pass(attempts.LEASE)
        found = database.run(attempts.recover)
        assert found.send == []
        (ended,) = found.changed
    assert ended.status.state is State.CANCELED
    assert database.run(repository.get, sid, "ada") == ended
    with pytest.raises(attempts.Fenced):
        database.run(attempts.asked_to_stop, sid, 1)
    let_pass(attempts.RESEND_AFTER)
    assert database.run(attempts.recover).send == []


@contextmanager
def another_clock(database: SyncDatabase, ahead_s: int) -> Iterator[SyncDatabase]:
    """Connects to the same PostgreSQL with a clock that is `ahead_s` ahead."""
    clock = "CREATE FUNCTION another.clock_timestamp() RETURNS timestamptz RETURN pg_catalog.clock_timestamp()"

    def run(*statements: str) -> None:
        for statement in statements:
            database.run(lambda db, statement: db.execute(text(statement)), statement)

    run("CREATE SCHEMA another", f"{clock} + interval '{ahead_s} s'")
    url = database.engine.url.update_query_dict({"options": "-csearch_path=another,pg_catalog,public"})
    other = SyncDatabase(url.render_as_string(hide_password=False))
    try:
        yield other
    finally:
        other.close()
        run("DROP SCHEMA another CASCADE")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_lease_expires_by_the_clock_of_the_database(database: SyncDatabase, queue: Queue) -> None:
    sid = queue().id
    database.run(repository.mark_enqueued, sid)
    database.run(attempts.claim, sid, "whisper")
    with another_clock(database, ahead_s=round(attempts.LEASE.total_seconds())) as later:
        assert later.run(attempts.recover).send == [sid]


def test_session_is_recovered_after_the_clock_was_set_back(
    database: SyncDatabase, queue: Queue, let_pass: LetPass
) -> None:
    """All times lie an hour ahead, and the worker died, or the message was lost, before the clock was set back."""
    held, lost, unsent = queue().id, queue().id, queue().id
    for sid in (held, lost):
        database.run(repository.mark_enqueued, sid)
    database.run(attempts.claim, held, "whisper")
    let_pass(timedelta(hours=-1))
    assert database.run(attempts.recover).send == [held, lost, unsent]
    assert database.run(attempts.claim, held, "whisper").status.attempt == 2
    for sid in (lost, unsent):
        database.run(repository.mark_enqueued, sid)
    assert database.run(attempts.recover).send == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_lease_is_measured_by_the_databases_clock(database: SyncDatabase, queue: Queue) -> None:
    sid = queue().id
    with another_clock(database, ahead_s=3600) as later:
        later.run(attempts.claim, sid, "whisper")
        with pytest.raises(attempts.Leased) as held:
            later.run(attempts.claim, sid, "whisper")
        assert 0 < held.value.seconds <= attempts.LEASE.total_seconds()
    with pytest.raises(attempts.Leased) as held:
        database.run(attempts.claim, sid, "whisper")
    assert 3600 < held.value.seconds <= 3600 + attempts.LEASE.total_seconds()
