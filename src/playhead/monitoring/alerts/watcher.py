"""Looks at the alerts: reads the sums, measures every condition, and writes what follows."""

from collections.abc import Sequence

from playhead.db import Database
from playhead.monitoring.alerts import repository
from playhead.monitoring.alerts.measure import Measured, Sums, Tallies, longest_s, measured
from playhead.monitoring.alerts.past import Past
from playhead.monitoring.alerts.table import ALERTS, Alert
from playhead.monitoring.sums.slices import Work, in_slices
from playhead.monitoring.sums.values import Values

EVERY_S = 30.0
"""Between two looks, of whichever process: a page is so much later at most. A look takes 45 to 70 ms of CPU with three
processes and the numbers of 90 days in the database, 130 to 160 ms with ten and every series in use, where ten million
additions take 0.3 s: less than 0.6 % of a core. The first look of a process reads three days and takes 1 to 2.5 s."""


class Watcher:
    """One in each web process; of all of them one does each look. Call `look` every `EVERY_S`.

    What is measured comes from the database, so a process that hangs is seen by the others.

    Args:
        database: has the sums and the incidents.
        alerts: those that are watched.
    """

    def __init__(self, database: Database, alerts: Sequence[Alert] = ALERTS) -> None:
        self._database = database
        self._alerts = alerts
        self._tallies = Tallies(alerts)
        self._past = Past(database, self._tallies, longest_s(alerts))

    @property
    def rows_read(self) -> int:
        """Rows of sums that the last look read."""
        return self._past.rows_read

    async def look(self) -> None:
        """Does one look. Raises DatabaseError: then the next one does it."""
        moment, rows, gauges = await self._past.read()
        sums = Sums(self._tallies, rows, Values(gauges), moment.timestamp())
        await self._database.run(repository.write_look, moment, await in_slices(self._measured(sums)))

    def _measured(self, sums: Sums) -> Work[list[tuple[Alert, Measured]]]:
        found = []
        for alert in self._alerts:
            found.append((alert, measured(alert.condition, sums)))
            yield
        return found
