"""Lists the sessions that run and those that wait, for whoever runs the site."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.sessions.models import SessionRow
from playhead.sessions.queue import QueueSize, size
from playhead.sessions.stalled import is_stalled
from playhead.sessions.status import Stage, State, decode

ROW = SessionRow
LISTED_MAX = 50
"""Sessions of each kind that are listed: as many as one reads. The size counts all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A session that runs or waits. Times are in seconds."""

    id: str
    owner_id: str
    stage: Stage
    attempt: int
    progress: float | None
    status_age_s: float
    """Since its newest status."""
    queued_age_s: float
    """Since a person queued it."""
    lease_s: float | None
    """For how long its worker keeps it without renewing; None: no worker has it."""
    is_stalled: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """The size of the queue, and its first sessions, the oldest first."""

    size: QueueSize
    running: list[Listed]
    waiting: list[Listed]


def listing(db: Db, stall_s: float) -> Listing:
    """Reads what runs and what waits, also what is delayed.

    Args:
        stall_s: the setting.
    """
    moment = present(db)
    runs = and_(ROW.state == State.PROCESSING, ROW.lease_until > moment)
    free = or_(ROW.lease_until.is_(None), ROW.lease_until <= moment)
    waits = or_(ROW.state == State.QUEUED, and_(ROW.state == State.PROCESSING, free))
    first = select(ROW).order_by(ROW.queued_at, ROW.id).limit(LISTED_MAX)
    running, waiting = (
        [_listed(row, moment, stall_s) for row in db.scalars(first.where(which))] for which in (runs, waits)
    )
    return Listing(size(db, stall_s), running, waiting)


def _listed(row: SessionRow, moment: datetime, stall_s: float) -> Listed:
    status, changed_at = decode(row.status), row.changed_at or row.queued_at
    lease_s = (row.lease_until - moment).total_seconds() if row.lease_until else 0.0
    return Listed(
        id=row.id,
        owner_id=row.owner_id,
        stage=status.stage,
        attempt=row.attempt,
        progress=status.progress,
        status_age_s=(moment - changed_at).total_seconds(),
        queued_age_s=(moment - row.queued_at).total_seconds(),
        lease_s=lease_s if lease_s > 0 else None,
        is_stalled=lease_s > 0 and is_stalled(row.status, changed_at, moment, stall_s),
    )
