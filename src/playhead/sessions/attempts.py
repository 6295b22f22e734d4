"""What a worker may do to a session: take it, keep it, save what is done. `attempt` is the fence.

A worker takes a session by raising `attempt`; every later write names that attempt, so a worker that lost the
session (its lease ran out, it was canceled, it was deleted) finds out at its next write and cannot change anything.
"""

from datetime import timedelta

import msgspec
from sqlalchemy import and_, or_, update
from sqlalchemy.orm import Session as Db

from playhead.sessions.models import Segment, Session, SessionRow
from playhead.sessions.repository import add_segments, locked, session_of
from playhead.sessions.sentences import with_message
from playhead.sessions.status import ATTEMPT_SPAN, FINAL, Failure, Stage, State, Status, decode, encode, now

LEASE = timedelta(seconds=30)
"""How long a worker that says nothing keeps a session; it renews three times in that time."""
UNSENT_AFTER = timedelta(seconds=10)
"""A session whose message the broker has not confirmed by then (it was down, the web process died) is sent again."""
ADRIFT: dict[str, object] = {"lease_until": None, "enqueued": False}
"""Nobody's: the next worker may take it at once, and until the broker has a new message the sweep sends one."""
MAX_TRIES = 3
"""A file that killed its worker three times is poisoned; trying on would only kill more."""


class Fenced(Exception):
    """The session belongs to another attempt, is final, or is gone: stop and write nothing."""


class Leased(Exception):
    """Another worker holds the session for `seconds` more, unless it renews."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"held for {seconds:.1f} s more")
        self.seconds = seconds


class Exhausted(Exception):
    """Every attempt at the session died before it could say why."""


def claim(db: Db, id: str, engine: str) -> Session:
    """Take a session for a new attempt.

    Raises:
        Fenced: it is final or gone; there is nothing to do.
        Leased: a live worker has it.
        Exhausted: it was tried `MAX_TRIES` times already; the caller gives it up.
    """
    row = _row(db, id)
    if row is None:
        raise Fenced(id)
    started, before = now(), decode(row.status)
    if row.state == State.PROCESSING and row.lease_until and row.lease_until > started:
        raise Leased((row.lease_until - started).total_seconds())
    if row.tries >= MAX_TRIES:
        raise Exhausted(id)
    attempt = row.attempt + 1
    interrupted = row.state == State.PROCESSING
    status = msgspec.structs.replace(
        before,
        version=attempt * ATTEMPT_SPAN + 1,
        attempt=attempt,
        state=State.PROCESSING,
        stage=Stage.RETRYING if interrupted else Stage.DECODING,
        speed=None,
        eta_s=None,
        eta_range_s=None,
        queue_position=None,
        error=None,
        updated_at=started,
    )
    _write(row, with_message(status))
    row.engine, row.tries, row.lease_until = engine, row.tries + 1, started + LEASE
    return session_of(row)


def renew(db: Db, id: str, attempt: int) -> bool:
    """Keep the session for another lease; True if the person asked for it to stop. Raises Fenced."""
    return _update(db, id, attempt, {"lease_until": now() + LEASE})


def release(db: Db, id: str, attempt: int) -> None:
    """Give the session back before the lease is over, so that another worker can go on at once. Raises Fenced.

    It was not the file's fault, so it has all its tries again; and if the message that went back to the queue is
    lost, `overdue` finds the session.
    """
    _update(db, id, attempt, ADRIFT | {"queued_at": now(), "tries": 0})


def save(
    db: Db,
    status: Status,
    fresh: list[Segment] | None = None,
    *,
    duration_s: float | None = None,
    language: str | None = None,
    speed: float | None = None,
) -> bool:
    """Commit a status and the segments it counts, in one transaction; True if asked to stop.

    With `fresh`, an empty list too, the session got further: a file that lets itself be worked on is not poisoned.

    Raises:
        Fenced: the attempt lost the session; nothing was written.
    """
    values: dict[str, object] = {
        "version": status.version,
        "state": status.state,
        "status": encode(status).decode(),
        "lease_until": None if status.is_final else now() + LEASE,
    }
    facts = {"duration_s": duration_s, "language": language, "speed": speed}
    if fresh is not None:
        values["tries"] = 0
    values |= {name: value for name, value in facts.items() if value is not None}
    stop = _update(db, status.session_id, status.attempt, values)
    add_segments(db, status.session_id, fresh or [])
    return stop


def give_up(db: Db, id: str, failure: Failure) -> Status | None:
    """Fail a session that is not final, whoever held it, with an attempt of its own; None if it is final or gone."""
    row = _row(db, id)
    if row is None:
        return None
    status = with_message(
        msgspec.structs.replace(
            decode(row.status),
            version=(row.attempt + 1) * ATTEMPT_SPAN + 1,
            attempt=row.attempt + 1,
            state=State.FAILED,
            stage=Stage.FAILED,
            eta_s=None,
            eta_range_s=None,
            queue_position=None,
            retry_in_s=None,
            error=failure,
            updated_at=now(),
        )
    )
    _write(row, status)
    row.lease_until = None
    return status


def overdue(db: Db) -> list[str]:
    """Sessions nobody works on or will: their message never left, or their worker's lease ran out.

    Each is marked as taken care of, so that of several processes that ask only one gets it.
    """
    present = now()
    unheld = and_(SessionRow.state == State.PROCESSING, SessionRow.lease_until.is_(None))
    unsent = (
        or_(SessionRow.state == State.QUEUED, unheld),
        SessionRow.enqueued.is_(False),
        SessionRow.queued_at < present - UNSENT_AFTER,
    )
    lost = (SessionRow.state == State.PROCESSING, SessionRow.lease_until < present)
    taken = [
        update(SessionRow).where(*unsent).values(queued_at=present).returning(SessionRow.id),
        update(SessionRow).where(*lost).values(ADRIFT | {"queued_at": present}).returning(SessionRow.id),
    ]
    return [lost_id for statement in taken for lost_id in db.scalars(statement)]


def _row(db: Db, id: str) -> SessionRow | None:
    """The row, locked; None if it is final or gone."""
    rows = locked(db, SessionRow.id == id, SessionRow.state.not_in(FINAL))
    return rows[0] if rows else None


def _write(row: SessionRow, status: Status) -> None:
    row.version, row.attempt, row.state = status.version, status.attempt, status.state
    row.status = encode(status).decode()


def _update(db: Db, id: str, attempt: int, values: dict[str, object]) -> bool:
    # Whoever holds a session finds it being processed; a retry after a cancellation leaves the attempt as it was.
    mine = (SessionRow.id == id, SessionRow.attempt == attempt, SessionRow.state == State.PROCESSING)
    stop = db.scalar(update(SessionRow).where(*mine).values(**values).returning(SessionRow.cancel_requested))
    if stop is None:
        raise Fenced(id)
    return bool(stop)
