"""Lets one of several processes claim the next round of a shared job, by a row and the clock of the database."""

from datetime import datetime, timedelta

from sqlalchemy import String, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import Session as Db

from playhead.db import Base, Moment, insert_of, present


class JobRow(Base):
    """When the next round of a shared job is due."""

    __tablename__ = "jobs"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Moment)


def claim(db: Db, name: str, every_s: float) -> tuple[bool, float]:
    """Claims the round of a job that is due; of several concurrent callers one gets it.

    The first round is due one interval after the first call. A round that its process does not finish is not repeated
    before the next one is due.

    Args:
        db: a database session.
        name: the job.
        every_s: its interval in seconds.

    Returns:
        Whether the caller has the round, and in how many seconds the next one is due.
    """
    moment, every = present(db), timedelta(seconds=every_s)
    first = insert_of(db, JobRow).values(name=name, due_at=moment + every)
    db.execute(first.on_conflict_do_nothing())
    # A time more than two intervals ahead was written before the clock was set back. One interval is not enough: a
    # concurrent caller that waits for this row may have read the clock before the caller that gets the round.
    is_due = or_(JobRow.due_at <= moment, JobRow.due_at > moment + 2 * every)
    mine = update(JobRow).where(JobRow.name == name, is_due).values(due_at=moment + every)
    if db.execute(mine.returning(JobRow.name)).first() is not None:
        return True, every_s
    due_at = db.scalars(select(JobRow.due_at).where(JobRow.name == name)).one()
    return False, (due_at - moment).total_seconds()
