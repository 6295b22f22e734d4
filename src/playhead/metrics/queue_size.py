"""The gauges of the queue, read from the database."""

import time
from collections.abc import Callable
from operator import attrgetter

from playhead.db import Database
from playhead.metrics.catalog import QUEUE_AGE, QUEUE_DEPTH, RUNNING
from playhead.metrics.metrics import Metrics
from playhead.sessions.queue import QueueSize, size

EVERY_S = 10.0
"""Between two reads, which each web process does for itself: they are counts over an index."""
KEPT_S = 3 * EVERY_S
"""After this time without an answer of the database the gauges have no value."""


class QueueGauges:
    """Refreshes the gauges of one process.

    Args:
        database: is asked.
        metrics: gets the gauges.
        clock: seconds, monotonic.
    """

    def __init__(self, database: Database, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._size: QueueSize | None = None
        self._read_at = 0.0
        for metric, field in ((QUEUE_DEPTH, "waiting"), (QUEUE_AGE, "oldest_s"), (RUNNING, "running")):
            metrics.gauge(metric, self._field(field))

    async def refresh(self) -> None:
        """Reads once. Raises DatabaseError."""
        self._size, self._read_at = await self._database.run(size), self._clock()

    def _field(self, name: str) -> Callable[[], float | None]:
        get = attrgetter(name)

        def read() -> float | None:
            is_fresh = self._size is not None and self._clock() - self._read_at < KEPT_S
            return get(self._size) if is_fresh else None

        return read
