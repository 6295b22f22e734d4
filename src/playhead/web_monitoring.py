"""What a web process measures: its metrics, the sums of them, and what became of those who watch."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Sequence
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
from playhead.metrics import answers, disk, loop_lag, memory, queue_size, redis_memory
from playhead.metrics.answers import Answers
from playhead.metrics.catalog import (
    DATABASE_AGE,
    DISK_USED,
    FEEDBACK,
    FLAGS_AGE,
    PUBLISHER_WAITING,
    REDIS_AGE,
    STREAMS_OPEN,
    WAITS_OPEN,
)
from playhead.metrics.disk import DiskGauge
from playhead.metrics.metrics import Metrics
from playhead.metrics.observer import MetricsObserver
from playhead.metrics.queue_size import QueueGauges
from playhead.metrics.redis_memory import RedisMemory
from playhead.monitoring import retention
from playhead.monitoring.alerts import outbox as incidents
from playhead.monitoring.alerts import repository as alerts
from playhead.monitoring.alerts import routes as alert_routes
from playhead.monitoring.alerts.watcher import Watcher
from playhead.monitoring.alerts.watching import Watching
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
from playhead.webhooks.outbox import Sender

LAST_WRITE_S = 1.0
"""Limit for writing the last watches at the end, and for the last sums: a process that is slow to end is killed."""


class WebMonitoring:
    """The measuring parts of one web process.

    Args:
        database: of the site.
        settings: of the process.
        redis_urls: of the servers that carry statuses and tasks, if there are any.
        watching: what alerts are watched, and how often.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        redis_urls: Collection[str] = (),
        watching: Watching = Watching(),
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
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
        servers = [RedisMemory(url) for url in sorted(set(redis_urls))]
        redis_memory.measure(self.metrics, servers)
        self._answers = Answers(self.metrics, REDIS_AGE, [server.ask for server in servers])
        self._clock, self._begun_at = clock, clock()
        self._written_at = self._begun_at
        # A write, since a database that is read-only or out of space goes on to answer questions.
        self.metrics.gauge(DATABASE_AGE, lambda: self._clock() - self._written_at)
        self._disk = DiskGauge(disk.folders_of(settings))
        self.metrics.gauge(DISK_USED, self._disk.read)
        self._stall_s = settings.stall_s
        self._has_webhook = bool(settings.alert_webhook)
        of_incidents = incidents.outbox(settings.public_url)
        self._watching = watching
        self._watcher = Watcher(database, watching.alerts)
        self._notices = Sender(
            database,
            of_incidents,
            settings.alert_webhook,
            settings.webhook_secret,
            first_pause_s=watching.first_pause_s,
        )
        self._database = database
        self._person = partial(person_digest, settings.secret_key)

    def read_gauges(self, hub: Hub[Status], publisher: StatusPublisher[Status], gate: Gate, waits: Waits) -> None:
        """Reads what is at the moment from these parts."""
        self.metrics.gauge(STREAMS_OPEN, lambda: hub.readers)
        self.metrics.gauge(PUBLISHER_WAITING, lambda: publisher.waiting)
        self.metrics.gauge(FLAGS_AGE, partial(self._flags_age_s, gate))
        self.metrics.gauge(WAITS_OPEN, lambda: waits.open)
        memory.measure(self.metrics)

    def _flags_age_s(self, gate: Gate) -> float:
        """Until their source has confirmed them once, flags are as old as the process."""
        age_s = gate.health().age_s
        return self._clock() - self._begun_at if age_s is None else age_s

    async def measure_loop_lag(self) -> None:
        """Measures how late the event loop is, as long as the process lasts."""
        await loop_lag.measure(self.metrics)

    async def measure_parts(self) -> None:
        """Measures what the process depends on: Redis and the disk."""
        await asyncio.gather(self._answers.refresh(), self._disk.refresh())

    def jobs(self) -> Sequence[Job]:
        """What is done again and again."""
        queue = QueueGauges(self._database, self.metrics, stall_s=self._stall_s)
        thin = partial(thinning.thin, self._database)
        delete_old = partial(self._database.run, retention.delete_old)
        delete_old_alerts = partial(self._database.run, alerts.delete_old)
        return [
            Job(name="parts", every_s=answers.EVERY_S, work=self.measure_parts, needs_tables=False),
            Job(name="sums", every_s=sums.EVERY_S, work=self.write_sums),
            Job(name="thinning", every_s=thinning.EVERY_S, work=thin, is_shared=True),
            Job(name="reports", every_s=watches.REPORTS_EVERY_S, work=self.watches.write_reports),
            Job(name="watches", every_s=watches.FACTS_EVERY_S, work=self.watches.write_facts),
            Job(name="silent", every_s=watches.SILENT_EVERY_S, work=self.watches.count_silent, is_shared=True),
            Job(name="old watches", every_s=retention.EVERY_S, work=delete_old, is_shared=True),
            Job(name="queue", every_s=queue_size.EVERY_S, work=queue.refresh),
            Job(name="alerts", every_s=self._watching.look_s, work=self._watcher.look, is_shared=True),
            Job(name="old alerts", every_s=retention.EVERY_S, work=delete_old_alerts, is_shared=True),
            Job(name="alert notices", every_s=self._watching.notices_s, work=self._notices.send_due),
        ]

    def blueprints(self) -> Sequence[Blueprint]:
        """The routes about what was measured, and about what people answer."""
        return (
            health_routes.routes(self._database),
            alert_routes.routes(self._database, webhook=self._has_webhook, telemetry=self.keeps_people),
            feedback_routes.routes(
                self._database, self._person, lambda rating: self.metrics.add(FEEDBACK, str(rating))
            ),
        )  # fmt: skip

    async def write_sums(self) -> None:
        """Writes the sums of the minute so far. Raises DatabaseError; the next call writes what is missing."""
        await self._sums.write(self._database)
        self._written_at = self._clock()

    async def close(self) -> None:
        """Writes what is there at the end of the process, within `LAST_WRITE_S` each: the sums also without watches."""
        for write in (self.watches.close, self.write_sums):
            with contextlib.suppress(DatabaseError, TimeoutError):
                async with asyncio.timeout(LAST_WRITE_S):
                    await write()
