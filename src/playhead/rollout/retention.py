"""Deletes rollouts 90 days after their end, with all that was decided and seen."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.rollout.record import DECISIONS, ROLLOUTS

KEPT = timedelta(days=90)
"""As long as the watches that it judged (`monitoring.retention`)."""
EVERY_S = 3600.0
"""An hour late at most."""


def delete_old(db: Db) -> None:
    """Deletes what is older, and decisions about none: those of the emergency switch."""
    before = present(db) - KEPT
    db.execute(delete(ROLLOUTS).where(ROLLOUTS.c.ended_at < before))
    db.execute(delete(DECISIONS).where(DECISIONS.c.rollout_id.is_(None), DECISIONS.c.at < before))
