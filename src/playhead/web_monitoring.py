"""What a web process measures: its metrics, the sums of them, and what became of those who watch."""

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial

from quart import Blueprint

from playhead.background import Job
from playhead.config import Settings
from playhead.db import Database, DatabaseError
from playhead.flags.answers.gate import Gate
from playhead.live.hub import Hub
from playhead.live.observer import Observers
from playhead.live.poll import Waits
from playhead.live.publisher import StatusPublisher
from playhead.metrics import loop_lag, queue_size
from playhead.metrics.catalog import FEEDBACK, FLAGS_AGE, PUBLISHER_WAITING, STREAMS_OPEN, WAITS_OPEN
from playhead.metrics.metrics import Metrics
from playhead.metrics.observer import MetricsObserver
from playhead.metrics.queue_size import QueueGauges
from playhead.monitoring import retention
from playhead.monitoring.feedback import routes as feedback_routes
from playhead.monitoring.sums import recorder as sums
from playhead.monitoring.sums import routes as health_routes
from playhead.monitoring.sums import thinning
from playhead.monitoring.sums.recorder import Recorder
from playhead.monitoring.watches import recorder as watches
from playhead.monitoring.watches.digest import person_digest
from playhead.monitoring.watches.recorder import WatchRecorder
from playhead.sessions.repository import finals_of
from playhead.sessions.status import Status

LAST_WRITE_S = 1.0
"""Limit for writing the last watches at the end, and for the last sums: a process that is slow to end is killed."""


class WebMonitoring:
    """The measuring parts of one web process."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.metrics = Metrics()
        self.keeps_people = settings.telemetry == "on"
        """Whether anything is kept of who watches."""
        self.watches = WatchRecorder(
            database,
            self.metrics,
            secret_key=settings.secret_key,
            finals=lambda ids: database.run(finals_of, ids),
            is_on=self.keeps_people,
        )
        self.observer = Observers(MetricsObserver(self.metrics), self.watches.facts)
        self._sums = Recorder(self.metrics, "web")
        self._database = database
        self._person = partial(person_digest, settings.secret_key)

    def read_gauges(self, hub: Hub[Status], publisher: StatusPublisher[Status], gate: Gate, waits: Waits) -> None:
        """Reads what is at the moment from these parts."""
        self.metrics.gauge(STREAMS_OPEN, lambda: hub.readers)
        self.metrics.gauge(PUBLISHER_WAITING, lambda: publisher.waiting)
        self.metrics.gauge(FLAGS_AGE, lambda: gate.health().age_s)
        self.metrics.gauge(WAITS_OPEN, lambda: waits.open)

    async def measure_loop_lag(self) -> None:
        """Measures how late the event loop is, as long as the process lasts."""
        await loop_lag.measure(self.metrics)

    def jobs(self) -> Sequence[Job]:
        """What is done again and again."""
        queue = QueueGauges(self._database, self.metrics)
        thin = partial(thinning.thin, self._database)
        delete_old = partial(self._database.run, retention.delete_old)
        return [
            Job(name="sums", every_s=sums.EVERY_S, work=self.write_sums),
            Job(name="thinning", every_s=thinning.EVERY_S, work=thin, is_shared=True),
            Job(name="reports", every_s=watches.REPORTS_EVERY_S, work=self.watches.write_reports),
            Job(name="watches", every_s=watches.FACTS_EVERY_S, work=self.watches.write_facts),
            Job(name="silent", every_s=watches.SILENT_EVERY_S, work=self.watches.count_silent, is_shared=True),
            Job(name="old watches", every_s=retention.EVERY_S, work=delete_old, is_shared=True),
            Job(name="queue", every_s=queue_size.EVERY_S, work=queue.refresh),
        ]

    def blueprints(self) -> Sequence[Blueprint]:
        """The routes about what was measured, and about what people answer."""
        return (
            health_routes.routes(self._database),
            feedback_routes.routes(
                self._database, self._person, lambda rating: self.metrics.add(FEEDBACK, str(rating))
            ),
        )  # fmt: skip

    async def write_sums(self) -> None:
        """Writes the sums of the minute so far. Raises DatabaseError; the next call writes what is missing."""
        await self._sums.write(self._database)

    async def close(self) -> None:
        """Writes what is there at the end of the process, within `LAST_WRITE_S` each: the sums also without watches."""
        for write in (self.watches.close, self.write_sums):
            with contextlib.suppress(DatabaseError, TimeoutError):
                async with asyncio.timeout(LAST_WRITE_S):
                    await write()
