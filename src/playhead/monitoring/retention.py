"""Deletes what is kept about people who watch, 90 days after it was written: watches, exposures and feedback.

Watches of canaries go after a day: they have been counted by then, and one a minute would be 90 MB in 90 days.
"""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.flags.answers.rollout import OF_CANARIES
from playhead.monitoring.feedback import repository as feedback
from playhead.monitoring.watches import affected
from playhead.monitoring.watches.models import ExposureRow, WatchRow

KEPT = timedelta(days=90)
"""A quarter: the longest range that anybody compares, and no longer than that."""
KEPT_OF_CANARIES = timedelta(days=1)
EVERY_S = 3600.0
"""What is kept for days goes an hour late at most."""


def delete_old(db: Db) -> None:
    """Deletes what is older."""
    moment = present(db)
    before = moment - KEPT
    db.execute(delete(WatchRow).where(WatchRow.begun_at < before))
    of_canaries = WatchRow.rollout == OF_CANARIES.group, WatchRow.begun_at < moment - KEPT_OF_CANARIES
    db.execute(delete(WatchRow).where(*of_canaries))
    db.execute(delete(ExposureRow).where(ExposureRow.at < before))
    feedback.delete_before(db, before)
    affected.delete_old(db, present(db))
