"""What a worker may do to a session: take it, keep it, save what is done. `attempt` is the fence.

A worker takes a session by raising `attempt`; every later write names that attempt, so a worker that lost the
session (its lease ran out, it was canceled, it was deleted) finds out at its next write and cannot change anything.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.sessions.advance import advance
from playhead.sessions.models import Segment, Session, SessionRow
from playhead.sessions.repository import add_segments, locked, write
from playhead.sessions.status import FINAL, Failure, Stage, State, Status, decode, encode

LEASE = timedelta(seconds=20)
"""How long a worker that says nothing keeps a session. It renews four times in that time, so that a database that is
away for 10 s takes no session from a live worker; and with the sweep every 5 s a lost one costs at most 25 s, which
leaves 5 of 30 for the next worker to take the message."""
UNSENT_AFTER = timedelta(seconds=10)
"""A session whose message the broker has not confirmed by then (it was down, the web process died) is sent again."""
RESEND_AFTER = timedelta(minutes=5)
"""A message nobody took by then is sent again: Redis may have been emptied, or a worker died with it in hand. Where
the queue is just long, that is one more message in 5 minutes for a session, and each is done with in milliseconds."""
TAKEN_WITHIN = timedelta(seconds=10)
"""A free worker takes a message within a second. One that nobody took by then, and that is not in the queue any more,
was lost: on a dead connection, or with a worker. It is sent again then, which makes no queue longer."""
SET_BACK = timedelta(minutes=5)
"""Longer than any lease, or wait for a message. A time further ahead was written before the clock was set back (a
laptop's by an hour, say), and a session would be stuck until then: it counts as past."""
MAX_TRIES = 3
"""A file that killed its worker three times is poisoned: trying on would kill more. As the setting `max_attempts`."""


class Fenced(Exception):
    """The session belongs to another attempt, is final, or is gone: stop and write nothing."""


class Leased(Exception):
    """Another worker holds the session for `seconds` more, unless it renews."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"held for {seconds:.1f} s more")
        self.seconds = seconds


class Exhausted(Exception):
    """The session was tried as often as it may be."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What `recover` found: sessions whose message is to be sent (again), and those whose status is to be published."""

    send: list[str]
    changed: list[Session]
    overdue: bool = False
    """Whether some were sent and are not taken for `TAKEN_WITHIN`: if the queue is empty, their messages are lost."""


def claim(db: Db, id: str, engine: str, max_tries: int = MAX_TRIES, lease: timedelta = LEASE) -> Session:
    """Take a session for a new attempt, and keep it for a lease.

    Raises:
        Fenced: it is final or gone; there is nothing to do.
        Leased: a live worker has it.
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
    row.engine, row.tries, row.lease_until = engine, row.tries + 1, started + lease
    return write(db, row, advance(before, stage=stage, attempt=row.attempt + 1))


def renew(db: Db, id: str, attempt: int, lease: timedelta = LEASE) -> bool:
    """Keep the session for another lease; True if the person asked for it to stop. Raises Fenced."""
    return _update(db, id, attempt, {"lease_until": present(db) + lease})


def asked_to_stop(db: Db, id: str, attempt: int) -> bool:
    """Whether the person asked for it to stop; one read, to be made often. Raises Fenced."""
    return _stop(id, db.scalar(select(SessionRow.cancel_requested).where(*_mine(id, attempt))))


def release(db: Db, id: str, attempt: int) -> Session:
    """Give the session back before the lease is over, so that another worker can go on at once. Raises Fenced.

    It was not the file's fault, so it has all its tries again; and if the message that went back to the queue is
    lost, `recover` finds the session.
    """
    row = _held(db, id, attempt)
    row.tries = 0
    return _set_adrift(db, row, timedelta(0))


def postpone(db: Db, id: str, attempt: int, by: timedelta, max_tries: int = MAX_TRIES) -> Session:
    """As `release`, for an attempt that is to begin later, by the message the caller sends then.

    Raises:
        Fenced: the attempt lost the session.
        Exhausted: that was the last of its tries; the attempt still has the session, and says why it fails.
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
    duration_s: float | None = None,
    language: str | None = None,
    speed: float | None = None,
    lease: timedelta = LEASE,
) -> bool:
    """Commit a status and the segments it counts, in one transaction; True if asked to stop.

    With `fresh`, an empty list too, the session got further: a file that lets itself be worked on is not poisoned.

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
    facts = {"duration_s": duration_s, "language": language, "speed": speed}
    if fresh is not None:
        values["tries"] = 0
    values |= {name: value for name, value in facts.items() if value is not None}
    stop = _update(db, status.session_id, status.attempt, values)
    add_segments(db, status.session_id, fresh or [])
    return stop


def give_up(db: Db, id: str, failure: Failure) -> Session | None:
    """Fail a session that is not final, whoever held it, with an attempt of its own; None if it is final or gone."""
    row = _row(db, id)
    if row is None:
        return None
    row.lease_until = None
    return write(db, row, advance(decode(row.status), stage=Stage.FAILED, attempt=row.attempt + 1, error=failure))


def recover(db: Db, resend_after: timedelta = RESEND_AFTER) -> Recovered:
    """Find the sessions nobody works on or will: their message never left or was lost, or their worker's lease ran out.

    Each is marked as taken care of, so that of several processes that ask only one gets it, once in
    `UNSENT_AFTER` until the broker has its message and once in `resend_after` from then on. One whose lease ran
    out says so, and its late worker is fenced off; if it had been asked to stop, that is its end.
    """
    moment = present(db)
    unheld = and_(SessionRow.state == State.PROCESSING, SessionRow.lease_until.is_(None))
    sent_at = func.coalesce(SessionRow.sent_at, SessionRow.queued_at)
    waiting = or_(SessionRow.state == State.QUEUED, unheld)
    unsent = and_(
        waiting,
        or_(
            sent_at < moment - resend_after,
            and_(SessionRow.enqueued.is_(False), sent_at < moment - UNSENT_AFTER),
            sent_at > moment + SET_BACK,
        ),
    )
    over = or_(SessionRow.lease_until < moment, SessionRow.lease_until > moment + SET_BACK)
    lost = and_(SessionRow.state == State.PROCESSING, over)
    found, changed = locked(db, or_(unsent, lost), skip_locked=True), []
    for row in found:
        if row.lease_until is not None:
            changed.append(_set_adrift(db, row, timedelta(0)))
        row.enqueued, row.sent_at = False, moment
    overdue = db.scalar(select(SessionRow.id).where(waiting, sent_at < moment - TAKEN_WITHIN).limit(1)) is not None
    return Recovered([row.id for row in found if row.state not in FINAL], changed, overdue)


def _set_adrift(db: Db, row: SessionRow, wait: timedelta) -> Session:
    """Make a session nobody's: the next worker may take it at once, and if no message brings one, it is `unsent`.

    One that was asked to stop needs no worker for that.
    """
    status, row.lease_until = decode(row.status), None
    if row.cancel_requested:
        return write(db, row, advance(status, stage=Stage.CANCELED))
    row.enqueued, row.sent_at = False, present(db) + wait
    return write(db, row, advance(status, stage=Stage.RETRYING, retry_in_s=wait.total_seconds()))


def _row(db: Db, id: str) -> SessionRow | None:
    """The row, locked; None if it is final or gone."""
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
    """Whoever holds a session finds it being processed, and leased: a lease may be over, but not taken away.

    A retry after a cancellation leaves the attempt as it was, and so does giving the session back.
    """
    return (
        SessionRow.id == id,
        SessionRow.attempt == attempt,
        SessionRow.state == State.PROCESSING,
        SessionRow.lease_until.is_not(None),
    )
