"""The writes of workers to a session: claim it, renew its lease, save its progress. `attempt` is the fence.

A worker claims a session by incrementing `attempt`, and all its later writes are conditional on that number. So a
worker that lost the session (its lease ran out, it was canceled, it was deleted) fails at its next write and cannot
change anything.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.sessions import queue, transcript, usage
from playhead.sessions.advance import advance
from playhead.sessions.facts import Draft, TextWarning, Track
from playhead.sessions.models import Segment, SegmentDraftRow, SegmentRow, Session, SessionRow
from playhead.sessions.repository import lock_queue, locked, write
from playhead.sessions.rows import columns_of, to_json
from playhead.sessions.status import FINAL, Failure, Stage, State, Status, decode, encode

LEASE = timedelta(seconds=20)
"""How long a worker keeps a session without renewing. It renews four times in that time, so that a database that is
away for 10 s costs no live worker its session. With the sweep every 5 s a lost worker is noticed after at most 25 s,
which leaves 5 of 30 for the next worker to receive the message."""
UNSENT_AFTER = timedelta(seconds=10)
"""A message that the broker has not confirmed by then (it was down, the web process died) is sent again."""
RESEND_AFTER = timedelta(minutes=5)
"""A message that no worker received by then is sent again: Redis may have been emptied, or a worker died with it. If
the queue is just long, that is one more message in 5 minutes for a session, and each is handled in milliseconds."""
TAKEN_WITHIN = timedelta(seconds=10)
"""A free worker receives a message within a second. One that no worker received by then, and that is not in the queue
any more, was lost with a connection or a worker. It is sent again, which makes no queue longer."""
MAX_TRIES = 3
"""A file that killed its worker three times is given up, because more tries would kill more workers. The default of the
setting `max_attempts`."""


class Fenced(Exception):
    """The session belongs to another attempt, is final, or was deleted; nothing was written."""


class Leased(Exception):
    """Another worker holds the session for `seconds` more, or longer if it renews."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"held for {seconds:.1f} s more")
        self.seconds = seconds


class Exhausted(Exception):
    """The session has used up its tries."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """The result of `recover`: ids of sessions whose message to send, and sessions whose status to publish."""

    send: list[str]
    changed: list[Session]
    overdue: bool = False
    """Whether no worker claimed some session within `TAKEN_WITHIN`; if the queue is empty, its message was lost."""


def claim(db: Db, id: str, engine: str, max_tries: int = MAX_TRIES, lease: timedelta = LEASE) -> Session:
    """Claims a session for a new attempt, for the time of a lease.

    Raises:
        Fenced: it is final or was deleted; there is nothing to do.
        Leased: another worker has it.
        Exhausted: it was tried `max_tries` times already; the caller gives it up.
    """
    row = _row(db, id)
    if row is None:
        raise Fenced(id)
    started, before = present(db), decode(row.status)
    if row.state == State.PROCESSING and row.lease_until and row.lease_until > started:
        raise Leased((row.lease_until - started).total_seconds())
    if row.tries >= max_tries:
        raise Exhausted(id)
    stage = Stage.RETRYING if row.state == State.PROCESSING else Stage.DECODING
    row.tries, row.lease_until = row.tries + 1, started + lease
    if row.draft is None:
        row.engine = engine
    return write(db, row, advance(before, stage=stage, attempt=row.attempt + 1))


def claim_next(
    db: Db, engine: str, max_tries: int = MAX_TRIES, lease: timedelta = LEASE, *, max_running: int = 0
) -> Session | None:
    """Claims the session whose turn it is; None if none waits. A message only says that some session may wait.

    Raises:
        Exhausted: it was tried `max_tries` times already; the caller gives up the session, whose id is the argument.
    """
    lock_queue(db)
    while (found := queue.next_in_turn(db, max_running)) is not None:
        session_id, owner_id = found
        try:
            session = claim(db, session_id, engine, max_tries, lease)
        except Fenced:  # canceled or deleted since it was chosen
            db.expire_all()
            continue
        queue.note_turn(db, owner_id, present(db))
        return session
    return None


def renew(db: Db, id: str, attempt: int, lease: timedelta = LEASE) -> bool:
    """Renews the lease; True if a person canceled the session. Raises Fenced."""
    return _update(db, id, attempt, {"lease_until": present(db) + lease})


def asked_to_stop(db: Db, id: str, attempt: int) -> bool:
    """Whether a person canceled the session; a single read, for frequent calls. Raises Fenced."""
    return _stop(id, db.scalar(select(SessionRow.cancel_requested).where(*_mine(id, attempt))))


def release(db: Db, id: str, attempt: int) -> Session:
    """Ends the lease early, so that another worker can go on at once. Raises Fenced.

    Resets the tries, because the file is not at fault. If the message that went back to the queue is lost, `recover`
    finds the session.
    """
    row = _held(db, id, attempt)
    row.tries = 0
    return _set_adrift(db, row, timedelta(0))


def postpone(db: Db, id: str, attempt: int, by: timedelta, max_tries: int = MAX_TRIES) -> Session:
    """Ends the lease for an attempt that begins after `by`, with a message that the caller delays until then.

    Raises:
        Fenced: the attempt lost the session.
        Exhausted: that was the last try; the attempt still has the session, and fails it.
    """
    row = _held(db, id, attempt)
    if row.tries >= max_tries:
        raise Exhausted(id)
    return _set_adrift(db, row, by)


def save(
    db: Db,
    status: Status,
    fresh: list[Segment] | None = None,
    *,
    draft: Draft | None = None,
    duration_s: float | None = None,
    language: str | None = None,
    engine: str | None = None,
    speed: float | None = None,
    tracks: tuple[Track, ...] | None = None,
    warnings: tuple[TextWarning, ...] | None = None,
    audio_s: float = 0.0,
    lease: timedelta = LEASE,
) -> bool:
    """Saves a status and its new segments in one transaction, and renews the lease.

    Args:
        status: the next status; its `segments` counts the fresh ones, or those of the draft if it is completed.
        fresh: new segments. Any list, an empty one too, means progress and resets the tries; None does not.
        draft: what is written, with the fresh segments and what was found out, while another revision is served. With a
            completed status it is served from now on.
        duration_s, language, engine, speed, tracks, warnings: columns of the session to set, if not None.

    Returns:
        True if a person canceled the session.

    Raises:
        Fenced: the attempt lost the session; nothing was written.
    """
    moment = present(db)
    values: dict[str, object] = {
        "version": status.version,
        "state": status.state,
        "status": encode(status).decode(),
        "changed_at": moment,
        "lease_until": None if status.is_final else moment + lease,
    }
    if duration_s is not None:
        usage.count(db, status.session_id, duration_s)
    facts = {
        "duration_s": duration_s,
        "language": language,
        "engine": engine,
        "speed": speed,
        "tracks": None if tracks is None else to_json(tracks),
        "warnings": None if warnings is None else to_json(warnings),
    }
    if fresh is not None:
        values["tries"] = 0
    is_served = draft is not None and status.state is State.COMPLETED
    if draft is None:
        values |= {name: value for name, value in facts.items() if value is not None}
    else:
        values |= columns_of(draft, status) if is_served else {"draft": to_json(draft)}
    stop = _update(db, status.session_id, status.attempt, values)
    transcript.add_segments(db, status.session_id, fresh or [], SegmentRow if draft is None else SegmentDraftRow)
    if is_served:
        transcript.serve_draft(db, status.session_id)
    if audio_s > 0:
        queue.charge(db, status.session_id, audio_s, moment)
    return stop


def give_up(db: Db, id: str, failure: Failure) -> Session | None:
    """Fails a session under a new attempt, whether it is leased or not; None if it is final or was deleted."""
    row = _row(db, id)
    if row is None:
        return None
    row.lease_until = None
    return write(db, row, advance(decode(row.status), stage=Stage.FAILED, attempt=row.attempt + 1, error=failure))


def recover(db: Db, resend_after: timedelta = RESEND_AFTER) -> Recovered:
    """Finds the sessions without a worker or message: the message was not sent or got lost, or the lease ran out.

    Marks each as sent now, so that only one of several processes gets it, once in `UNSENT_AFTER` until the broker
    confirms the message, and once in `resend_after` from then on. A session whose lease ran out becomes `retrying`, or
    `canceled` if a person canceled it, and its late worker is fenced off.
    """
    moment = present(db)
    sent_at = func.coalesce(SessionRow.sent_at, SessionRow.queued_at)
    unsent = or_(
        sent_at < moment - resend_after,
        and_(SessionRow.enqueued.is_(False), sent_at < moment - UNSENT_AFTER),
        sent_at > moment + queue.SET_BACK,
    )
    over = or_(SessionRow.lease_until < moment, SessionRow.lease_until > moment + queue.SET_BACK)
    is_queued, has_begun = SessionRow.state == State.QUEUED, SessionRow.state == State.PROCESSING
    is_free = SessionRow.lease_until.is_(None)
    # Both by the index of states: else this would read all sessions that there ever were.
    lost = or_(and_(is_queued, unsent), and_(has_begun, or_(over, and_(is_free, unsent))))
    found, changed = locked(db, lost, skip_locked=True), []
    for row in found:
        if row.lease_until is not None:
            changed.append(_set_adrift(db, row, timedelta(0)))
        row.enqueued, row.sent_at = False, moment
    waiting = or_(is_queued, and_(has_begun, is_free))
    overdue = db.scalar(select(SessionRow.id).where(waiting, sent_at < moment - TAKEN_WITHIN).limit(1)) is not None
    return Recovered([row.id for row in found if row.state not in FINAL], changed, overdue)


def _set_adrift(db: Db, row: SessionRow, wait: timedelta) -> Session:
    """Ends a session's lease: the next worker may claim it at once, and `recover` finds it if its message is lost.

    A session that was canceled ends here, without a worker.
    """
    status, row.lease_until = decode(row.status), None
    if row.cancel_requested:
        return write(db, row, advance(status, stage=Stage.CANCELED))
    row.enqueued, row.sent_at = False, present(db) + wait
    return write(db, row, advance(status, stage=Stage.RETRYING, retry_in_s=wait.total_seconds()))


def _row(db: Db, id: str) -> SessionRow | None:
    """The row, locked; None if it is final or was deleted."""
    rows = locked(db, SessionRow.id == id, SessionRow.state.not_in(FINAL))
    return rows[0] if rows else None


def _held(db: Db, id: str, attempt: int) -> SessionRow:
    """The row, locked, if this attempt still has it. Raises Fenced."""
    rows = locked(db, *_mine(id, attempt))
    if not rows:
        raise Fenced(id)
    return rows[0]


def _update(db: Db, id: str, attempt: int, values: dict[str, object]) -> bool:
    held = update(SessionRow).where(*_mine(id, attempt)).values(**values)
    return _stop(id, db.scalar(held.returning(SessionRow.cancel_requested)))


def _stop(id: str, cancel_requested: bool | None) -> bool:
    if cancel_requested is None:
        raise Fenced(id)
    return cancel_requested


def _mine(id: str, attempt: int) -> tuple[ColumnElement[bool], ...]:
    """The condition that an attempt holds a session; its lease may have run out, but must not have been ended.

    The attempt alone is not enough: a retry after a cancellation does not change it, and a release does not either.
    """
    return (
        SessionRow.id == id,
        SessionRow.attempt == attempt,
        SessionRow.state == State.PROCESSING,
        SessionRow.lease_until.is_not(None),
    )
