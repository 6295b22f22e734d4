"""Makes alerts fire and end in a database, by the looks of the product."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session as Db

from playhead.db import SyncDatabase, present
from playhead.monitoring.alerts.measure import Measured
from playhead.monitoring.alerts.models import AlertLookRow, IncidentRow
from playhead.monitoring.alerts.repository import write_look
from playhead.monitoring.alerts.table import BY_NAME, Unit

VALUES = {Unit.PERCENT: 0.0174, Unit.SECONDS: 74.0, Unit.COUNT: 12.0}
"""Of the conditions of all alerts, by their unit."""


def forget(database: SyncDatabase) -> None:
    """Deletes all incidents and the last look."""
    database.run(lambda db: [db.execute(delete(table)) for table in (IncidentRow, AlertLookRow)])


def look(database: SyncDatabase, *firing: str, ago: timedelta = timedelta()) -> datetime:
    """One look at which exactly these alerts fire at once, and the others end. Returns its time.

    Args:
        database: has the alerts.
        firing: names.
        ago: how long before now it was.
    """
    quick = [replace(alert, for_s=0, keep_firing_s=0) for alert in BY_NAME.values()]
    found = [(alert, Measured(VALUES[alert.unit], alert.name in firing)) for alert in quick]

    def write(db: Db) -> datetime:
        moment = present(db) - ago
        assert write_look(db, moment, found)
        return moment

    return database.run(write)
