"""The lease of a rollout: of all processes and orders one at a time may move the slider."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session as Db

from playhead.rollout.record import DECISIONS, ROLLOUTS, Done, Rollout, rollout_of


def take(db: Db, moment: datetime, rollout_id: int, who: str, lease_s: float) -> Rollout | None:
    """Takes the lease; None if somebody else has it, or the rollout has ended.

    Args:
        db: a database session.
        moment: the database's time.
        rollout_id: of the rollout.
        who: the taker, another one for each round and order.
        lease_s: for how long, unless it is released before.
    """
    row, lease = ROLLOUTS.c, timedelta(seconds=lease_s)
    # A time more than two leases ahead was written before the clock was set back.
    is_free = or_(row.leader == "", row.lease_until <= moment, row.lease_until > moment + 2 * lease)
    mine = update(ROLLOUTS).where(row.id == rollout_id, row.ended_at.is_(None), is_free)
    taken = mine.values(leader=who, lease_until=moment + lease).returning(ROLLOUTS)
    found = db.connection().execute(taken).first()
    return rollout_of(found) if found else None


def renew(db: Db, moment: datetime, decision_id: int, who: str, lease_s: float) -> bool:
    """Renews the lease just before a decision is acted upon. False: it is lost, or the decision was overtaken."""
    wanted = select(DECISIONS.c.rollout_id).where(DECISIONS.c.id == decision_id, DECISIONS.c.state == Done.RECORDED)
    row = ROLLOUTS.c
    is_mine = row.leader == who, row.ended_at.is_(None), row.id.in_(wanted)
    mine = update(ROLLOUTS).where(*is_mine).values(lease_until=moment + timedelta(seconds=lease_s))
    return db.connection().execute(mine.returning(row.id)).first() is not None


def release(db: Db, who: str) -> None:
    """Releases it, if it is still held."""
    db.connection().execute(update(ROLLOUTS).where(ROLLOUTS.c.leader == who).values(leader="", lease_until=None))
