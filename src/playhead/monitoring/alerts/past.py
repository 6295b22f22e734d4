"""Reads the sums of the last days for the conditions of alerts: hours that are over once, the last ones at each look.

At a look of a process that has read the past, those are the rows of one or two hours: 30 to 90, and ten minutes of
each process. What a process holds then is a number for each count in each hour, and of the last hours in each minute.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead.db import Database, present
from playhead.metrics.metrics import Reading
from playhead.monitoring.alerts.measure import Tallies, Tally, longest_s
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.presence import present_gauges
from playhead.monitoring.sums.reading import HOUR_S, Part, Row, decode
from playhead.monitoring.sums.recorder import MINUTES_MAX, minute_of
from playhead.monitoring.sums.slices import Work, in_slices

SETTLED = timedelta(minutes=MINUTES_MAX)
"""For so long after an hour its rows may change: a process keeps as many minutes while the database is away."""
BY_MINUTE_S = 7 * HOUR_S
"""The age until which minutes stay apart: windows of six hours and less begin at a minute, longer ones in an hour of
which a part is taken."""
HOUR = timedelta(seconds=HOUR_S)


class Past:
    """What one process has read. Call `read` at each look.

    Args:
        database: has the sums.
        tallies: reads the counts from them.
        reach_s: how far back, in seconds.
        present: the database's time.
    """

    def __init__(
        self,
        database: Database,
        tallies: Tallies,
        reach_s: int | None = None,
        *,
        present: Callable[[Db], datetime] = present,
    ) -> None:
        self._present = present
        self._database = database
        self._tallies = tallies
        self._reach = timedelta(seconds=longest_s() if reach_s is None else reach_s)
        self._hours: dict[datetime, list[Tally]] = {}
        """Hours that do not change any more, by their begin."""
        self.rows_read = 0
        """Rows that were read from the database at the last call."""

    async def read(self) -> tuple[datetime, list[Tally], Reading]:
        """The time of the database, the rows of the time that conditions look at, and the gauges that are present.

        Raises:
            DatabaseError: nothing was read.
        """
        self.rows_read = 0
        moment = await self._database.run(self._present)
        hour = minute_of(moment).replace(minute=0)
        begin, last = hour - self._reach - HOUR, moment - SETTLED - HOUR
        # What is later than `last` was read before the clock was set back: it will be written again.
        self._hours = {
            hour: self._aged(hour, held, moment) for hour, held in self._hours.items() if begin <= hour <= last
        }
        while begin <= last:
            if begin not in self._hours:
                rows = await self._database.run(rows_between, begin, begin + HOUR)
                self._hours[begin] = self._aged(begin, await in_slices(self._tallied(rows)), moment)
            begin += HOUR
        rows = await self._database.run(rows_between, begin, moment + HOUR)
        recent = await in_slices(self._tallied(rows))
        held = [one for tallies in self._hours.values() for one in tallies]
        return moment, [*held, *recent], present_gauges(rows, moment)[1]

    def _tallied(self, rows: Sequence[Row]) -> Work[list[Tally]]:
        """The counts of rows. Those that this release cannot read are skipped."""
        found = []
        self.rows_read += len(rows)
        for row in rows:
            if (reading := decode(row.reading)) is not None:
                found.append(self._tallies.tally(Part(row.begins_at, row.span_s, reading)))
            yield
        return found

    def _aged(self, begin: datetime, held: list[Tally], moment: datetime) -> list[Tally]:
        """The rows of an hour, joined if it is old."""
        if len(held) < 2 or (moment - begin).total_seconds() <= BY_MINUTE_S + HOUR_S:
            return held
        return [self._tallies.joined(held, begin.timestamp(), HOUR_S)]


def rows_between(db: Db, begin: datetime, end: datetime) -> list[Row]:
    """The rows that begin from `begin` on and before `end`."""
    row = SumRow
    columns = select(row.begins_at, row.span_s, row.source, row.updated_at, row.reading)
    return [Row(*found) for found in db.execute(columns.where(row.begins_at >= begin, row.begins_at < end))]
