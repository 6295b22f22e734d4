"""Deletes what is kept about people who watch, 90 days after it was written: watches, exposures and feedback."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.monitoring.feedback import repository as feedback
from playhead.monitoring.watches.models import ExposureRow, WatchRow

KEPT = timedelta(days=90)
"""A quarter: the longest range that anybody compares, and no longer than that."""
EVERY_S = 3600.0
"""What is kept for days goes an hour late at most."""


def delete_old(db: Db) -> None:
    """Deletes what is older."""
    before = present(db) - KEPT
    db.execute(delete(WatchRow).where(WatchRow.begun_at < before))
    db.execute(delete(ExposureRow).where(ExposureRow.at < before))
    feedback.delete_before(db, before)
