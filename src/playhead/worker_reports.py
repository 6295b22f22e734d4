"""Reports what a worker's child counts: to its parent each second, and to the database."""

import threading
import time

from playhead import log
from playhead.db import DatabaseError, SyncDatabase
from playhead.metrics.catalog import ATTEMPTS
from playhead.metrics.channel import SEND_LAST_S, Channel, ChildMetrics
from playhead.metrics.metrics import Metrics
from playhead.monitoring.sums.recorder import EVERY_S as WRITE_EVERY_S
from playhead.monitoring.sums.recorder import Recorder

SEND_EVERY_S = 1.0
"""A child that is killed loses at most its last second at `/metrics`. In the sums it loses no attempt that had ended,
and at most `WRITE_EVERY_S` of its last one."""
CLOSE_S = 3.0
"""How long the end of a child waits for its last report: for the parent's buffer and a commit, not for a database that
is away."""


class WorkerReports:
    """A thread that reports as long as the process lives. Create it after the fork.

    Args:
        database: gets the sums; its connection is that of the work, so there is no further one.
        metrics: of the process.
        channel: to the parent, if it serves metrics.
        every_s: see `SEND_EVERY_S`.
    """

    def __init__(
        self, database: SyncDatabase, metrics: Metrics, channel: Channel | None, *, every_s: float = SEND_EVERY_S
    ) -> None:
        self._every_s = every_s
        self._database, self._metrics, self._recorder = database, metrics, Recorder(metrics, "worker")
        self._child = ChildMetrics(channel, metrics) if channel else None
        self._over = threading.Event()
        self._is_failing = False
        self._thread = threading.Thread(target=self._run, name="report-metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Reports for the last time."""
        self._over.set()
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        written_at, written = time.monotonic(), self._attempts()
        while not self._over.wait(self._every_s):
            self._send()
            attempts = self._attempts()
            if attempts != written or time.monotonic() - written_at >= WRITE_EVERY_S:
                self._write()
                written_at, written = time.monotonic(), attempts
        self._send(SEND_LAST_S)
        self._write()

    def _attempts(self) -> object:
        """The attempts that ended."""
        return self._metrics.read().get(ATTEMPTS.name)

    def _send(self, wait_s: float = 0.0) -> None:
        if self._child is not None:
            self._child.send(wait_s)

    def _write(self) -> None:
        """Writes the sums; logs the first failure and the end of failing."""
        try:
            self._recorder.write_sync(self._database)
        except DatabaseError as error:
            if not self._is_failing:
                log.get(__name__).warning("the sums were not written, and are kept for later", error=str(error))
            self._is_failing = True
        except Exception:  # noqa: BLE001 - the parent's metrics go on
            log.get(__name__).exception("the sums were not written: an unexpected error")
        else:
            self._is_failing = False
