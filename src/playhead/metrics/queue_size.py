"""The gauges of the queue, read from the database."""

import time
from collections.abc import Callable, Mapping
from functools import partial

from playhead.db import Database
from playhead.metrics.catalog import QUEUE_AGE, QUEUE_DEPTH, QUEUE_UNTAKEN, RUNNING, STALLED
from playhead.metrics.metric import Metric
from playhead.metrics.metrics import Metrics
from playhead.sessions.queue import QueueSize, size

EVERY_S = 10.0
"""Between two reads, which each web process does for itself: they are counts over an index."""
KEPT_S = 3 * EVERY_S
"""After this time without an answer of the database the gauges have no value."""
FIELDS: Mapping[Metric, Callable[[QueueSize], float]] = {
    QUEUE_DEPTH: lambda found: found.waiting,
    QUEUE_AGE: lambda found: found.oldest_s,
    RUNNING: lambda found: found.running,
    STALLED: lambda found: found.stalled,
}


class QueueGauges:
    """Refreshes the gauges of one process.

    Args:
        database: is asked.
        metrics: gets the gauges.
        stall_s: the setting: how long an attempt may go on without progress.
        clock: seconds, monotonic.
    """

    def __init__(
        self, database: Database, metrics: Metrics, *, stall_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database, self._stall_s, self._clock = database, stall_s, clock
        self._size: QueueSize | None = None
        self._read_at = 0.0
        self._ran_at = clock()
        """When a session was last seen to run; at first the start."""
        for metric, read in FIELDS.items():
            metrics.gauge(metric, partial(self._read, read))
        metrics.gauge(QUEUE_UNTAKEN, partial(self._read, self._untaken_s))

    async def refresh(self) -> None:
        """Reads once. Raises DatabaseError."""
        self._size, self._read_at = await self._database.run(size, self._stall_s), self._clock()
        if self._size.running:
            self._ran_at = self._read_at

    def _untaken_s(self, found: QueueSize) -> float:
        # Between two sessions nothing runs for a moment, however long the next one has waited.
        return min(found.oldest_s, self._read_at - self._ran_at)

    def _read(self, of: Callable[[QueueSize], float]) -> float | None:
        if self._size is None or self._clock() - self._read_at >= KEPT_S:
            return None
        return of(self._size)
