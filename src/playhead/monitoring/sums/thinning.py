"""Thins the table of sums by age: first the processes of a minute are joined, then the minutes of an hour.

Ninety days are 2,160 rows of hours and 2,940 of minutes. On a site with 40 people at noon a row has 3 to 3.5 kB, and
all have 16 MB. With every series of the catalog in use, and each route with each class of status, a row has 15 kB, and
all have 77 MB.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session as Db

from playhead import log
from playhead.db import Database, QueryFailed, present
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.reading import HOUR_S, MINUTE_S, Part, decode, encode, joined
from playhead.monitoring.sums.recorder import REWRITTEN

EVERY_S = 300.0
"""Interval of the job in seconds: a site of ten processes has no more than 150 rows of the last minutes."""
OF_ALL = ""
"""The source of a row of all processes."""
APART = 2 * REWRITTEN
"""For so long the row of a process stays apart: it may be written again, and a write may take minutes to commit. One
that comes later is added."""
MINUTES = timedelta(days=2)
"""The page shows a day by the quarter of an hour, and yesterday's hour is worth a look by the minute."""
HOURS = timedelta(days=90)
"""As long as reports and answers of people are kept."""

Due = Mapping[datetime, Collection[datetime]]
"""Minutes that are due, by their hour."""

logger = log.get(__name__)


async def thin(database: Database) -> None:
    """Joins and deletes what is due, in one transaction for an hour.

    Whatever ends a transaction, the rows are those of before or those of after it, and the next round goes on.
    Raises DatabaseError.
    """
    moment, due = await database.run(due_now)
    hours_before = _hour(moment - MINUTES)
    for hour, minutes in due.items():
        try:
            if hour < hours_before:
                await database.run(join_hour, hour, moment)
            else:
                await database.run(join_minutes, minutes, moment)
        except QueryFailed as error:  # another process did it at the same time; a row that came meanwhile is next
            logger.info("sums were not thinned", hour=hour.isoformat(), error=str(error))
    await database.run(lambda db: db.execute(delete(SumRow).where(SumRow.begins_at < moment - HOURS)))


def due_now(db: Db) -> tuple[datetime, Due]:
    """The time of the database, and the minutes that are due to be joined."""
    moment, row = present(db), SumRow
    of_one = and_(row.begins_at < moment - APART, row.source != OF_ALL)
    old = row.begins_at < _hour(moment - MINUTES)
    found: dict[datetime, list[datetime]] = defaultdict(list)
    for minute in db.scalars(select(row.begins_at).where(row.span_s == MINUTE_S, or_(of_one, old)).distinct()):
        found[_hour(minute)].append(minute)
    return moment, dict(sorted(found.items()))


def join_minutes(db: Db, minutes: Collection[datetime], moment: datetime) -> None:
    """Joins the processes of each of these minutes."""
    row = SumRow
    parts: dict[datetime, list[Part]] = defaultdict(list)
    for part in _taken(db, and_(row.span_s == MINUTE_S, row.begins_at.in_(minutes))):
        parts[part.begins_at].append(part)
    for minute, found in parts.items():
        _put(db, Part(minute, MINUTE_S, joined(found)), moment)


def join_hour(db: Db, hour: datetime, moment: datetime) -> None:
    """Joins all rows of an hour."""
    row = SumRow
    end = hour + timedelta(seconds=HOUR_S)
    if parts := _taken(db, and_(row.begins_at >= hour, row.begins_at < end)):
        _put(db, Part(hour, HOUR_S, joined(parts)), moment)


def _taken(db: Db, which: ColumnElement[bool]) -> list[Part]:
    """Deletes these rows and returns what they had, in one statement: of two processes one gets a row."""
    row, parts, unread = SumRow, [], 0
    columns = (row.begins_at, row.span_s, row.reading)
    for begins_at, span_s, text in db.execute(delete(row).where(which).returning(*columns)):
        reading = decode(text)
        unread += reading is None
        parts.append(Part(begins_at, span_s, reading or {}))
    if unread:
        logger.warning("sums of another release were dropped", rows=unread)
    return parts


def _put(db: Db, part: Part, moment: datetime) -> None:
    db.add(
        SumRow(
            begins_at=part.begins_at,
            span_s=part.span_s,
            source=OF_ALL,
            updated_at=moment,
            reading=encode(part.reading),
        )
    )
    db.flush()


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
