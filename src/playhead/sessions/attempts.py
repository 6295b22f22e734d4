"""What a worker may do to a session: take it, keep it, save what is done. `attempt` is the fence.

A worker takes a session by raising `attempt`; every later write names that attempt, so a worker that lost the
session (its lease ran out, it was canceled, it was deleted) finds out at its next write and cannot change anything.
"""

from datetime import timedelta

import msgspec
from sqlalchemy import CursorResult, Update, select, update
from sqlalchemy.orm import Session as Db

from playhead.sessions.models import Segment, Session, SessionRow
from playhead.sessions.repository import add_segments, session_of
from playhead.sessions.sentences import with_message
from playhead.sessions.status import ATTEMPT_SPAN, FINAL, Failure, Stage, State, Status, decode, encode, now

LEASE = timedelta(seconds=30)
"""How long a worker that says nothing keeps a session; it renews three times in that time."""
MAX_ATTEMPTS = 3
"""A file that killed its worker three times is poisoned; trying on would only kill more."""


class Fenced(Exception):
    """The session belongs to another attempt, is final, or is gone: stop and write nothing."""


class Leased(Exception):
    """Another worker holds the session for `seconds` more, unless it renews."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"held for {seconds:.1f} s more")
        self.seconds = seconds


def claim(db: Db, id: str, engine: str) -> Session:
    """Take a session for a new attempt.

    Raises:
        Fenced: it is final or gone; there is nothing to do.
        Leased: a live worker has it.
    """
    row = db.scalar(select(SessionRow).where(SessionRow.id == id).with_for_update())
    if row is None or row.state in FINAL:
        raise Fenced(id)
    started, before = now(), decode(row.status)
    if row.state == State.PROCESSING and row.lease_until and row.lease_until > started:
        raise Leased((row.lease_until - started).total_seconds())
    attempt = row.attempt + 1
    interrupted = row.state == State.PROCESSING
    status = msgspec.structs.replace(
        before,
        version=attempt * ATTEMPT_SPAN + 1,
        attempt=attempt,
        state=State.PROCESSING,
        stage=Stage.RETRYING if interrupted else Stage.DECODING,
        speed=None,
        queue_position=None,
        error=None,
        updated_at=started,
    )
    status = with_message(status)
    taken = _rows_written(
        db,
        update(SessionRow)
        .where(SessionRow.id == id, SessionRow.attempt == row.attempt, SessionRow.version == row.version)
        .values(
            attempt=attempt,
            version=status.version,
            state=status.state,
            status=encode(status).decode(),
            engine=engine,
            lease_until=started + LEASE,
        ),
    )
    if taken != 1:
        raise Leased(LEASE.total_seconds())
    db.refresh(row)
    return session_of(row)


def renew(db: Db, id: str, attempt: int) -> bool:
    """Keep the session for another lease; True if the person asked for it to stop. Raises Fenced."""
    return _update(db, id, attempt, {"lease_until": now() + LEASE})


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
    values |= {name: value for name, value in facts.items() if value is not None}
    stop = _update(db, status.session_id, status.attempt, values)
    add_segments(db, status.session_id, fresh or [])
    return stop


def give_up(db: Db, id: str, failure: Failure) -> Status | None:
    """Fail a session that is not final, whoever held it, with an attempt of its own; None if it is final or gone."""
    row = db.scalar(select(SessionRow).where(SessionRow.id == id).with_for_update())
    if row is None or row.state in FINAL:
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
            error=failure,
            updated_at=now(),
        )
    )
    row.version, row.attempt, row.state = status.version, status.attempt, status.state
    row.status, row.lease_until = encode(status).decode(), None
    return status


def _update(db: Db, id: str, attempt: int, values: dict[str, object]) -> bool:
    mine = (SessionRow.id == id, SessionRow.attempt == attempt, SessionRow.state.not_in(FINAL))
    if _rows_written(db, update(SessionRow).where(*mine).values(**values)) != 1:
        raise Fenced(id)
    return bool(db.scalar(select(SessionRow.cancel_requested).where(SessionRow.id == id)))


def _rows_written(db: Db, statement: Update) -> int:
    result = db.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount
