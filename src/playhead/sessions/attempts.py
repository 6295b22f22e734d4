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
UNSENT_AFTER = timedelta(seconds=10)
"""A session whose message the broker has not confirmed by then (it was down, the web process died) is sent again."""
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
    row = db.scalar(select(SessionRow).where(SessionRow.id == id).with_for_update())
    if row is None or row.state in FINAL:
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
            tries=row.tries + 1,
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


def release(db: Db, id: str, attempt: int) -> None:
    """Give the session back before the lease is over, so that another worker can go on at once. Raises Fenced."""
    _update(db, id, attempt, {"lease_until": None})


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
    if status.is_final:
        values["tries"] = 0
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


def overdue(db: Db) -> list[str]:
    """Sessions nobody works on or will: their message never left, or their worker's lease ran out.

    Each is marked as taken care of, so that of several processes that ask only one gets it.
    """
    present = now()
    unsent = (
        SessionRow.state == State.QUEUED,
        SessionRow.enqueued.is_(False),
        SessionRow.queued_at < present - UNSENT_AFTER,
    )
    lost = (SessionRow.state == State.PROCESSING, SessionRow.lease_until < present)
    taken = [
        update(SessionRow).where(*unsent).values(queued_at=present).returning(SessionRow.id),
        # A lease that just ran out may be taken at once: the next worker sees None, not another full lease.
        update(SessionRow).where(*lost).values(lease_until=None).returning(SessionRow.id),
    ]
    return [lost_id for statement in taken for lost_id in db.scalars(statement)]


def _update(db: Db, id: str, attempt: int, values: dict[str, object]) -> bool:
    mine = (SessionRow.id == id, SessionRow.attempt == attempt, SessionRow.state.not_in(FINAL))
    if _rows_written(db, update(SessionRow).where(*mine).values(**values)) != 1:
        raise Fenced(id)
    return bool(db.scalar(select(SessionRow.cancel_requested).where(SessionRow.id == id)))


def _rows_written(db: Db, statement: Update) -> int:
    result = db.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount
