"""Watches an attempt: renews its lease, stops it when a person cancels, and ends the process if it hangs."""

import faulthandler
import sys
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

from playhead import log
from playhead.db import DatabaseGone, SyncDatabase
from playhead.sessions import attempts
from playhead.transcription.report import Stopped

RENEWALS = 4
"""Renewals in the time of a lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """The times of a watchdog, in seconds."""

    lease: timedelta = attempts.LEASE
    stall_s: float = 300.0
    """An attempt without progress for this long counts as hanging; for the value see the setting `stall_s`."""
    look_s: float = 1.0
    """Between two checks for a cancellation: the attempt stops within 2 s of the engine's next event."""
    rearm_s: float = 1.0
    """Between two resets of the alarm: `note` may be called thousands of times a second."""


class Watchdog:
    """Watches one attempt while a `with` block runs.

    The worker's thread calls `note` when it makes progress. If the next call is too late, the process is ended, even if
    it hangs in native code or holds Python's lock. That is like any death of a worker: the next attempt begins when the
    lease runs out. Another thread renews the lease and checks for a cancellation; the next `note` raises it, because a
    thread cannot be interrupted safely from outside.
    """

    def __init__(self, database: SyncDatabase, session_id: str, attempt: int, timings: Timings = Timings()) -> None:
        self._database = database
        self._mine = (session_id, attempt)
        self._timings = timings
        self._armed_at = self._within_s = 0.0
        self._stop_reason: Exception | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keep-lease", daemon=True)

    def __enter__(self) -> Self:
        self.note()
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        faulthandler.cancel_dump_traceback_later()

    def note(self, patience: float = 1.0) -> None:
        """Notes progress, and resets the alarm.

        Args:
            patience: the next call is due within so many times `stall_s`.

        Raises:
            Stopped: a person canceled the session.
            Fenced: the session belongs to another attempt, or was deleted.
        """
        if self._stop_reason is not None:
            raise self._stop_reason
        present, within_s = time.monotonic(), self._timings.stall_s * patience
        if within_s != self._within_s or present - self._armed_at >= self._timings.rearm_s:
            # This alarm needs no Python thread, and logs the stack of each thread.
            faulthandler.dump_traceback_later(within_s, exit=True, file=sys.__stderr__ or sys.stderr)
            self._armed_at, self._within_s = present, within_s

    def _run(self) -> None:
        renewed_at, lease = time.monotonic(), self._timings.lease
        while not self._over.wait(self._timings.look_s):
            present = time.monotonic()
            due = present - renewed_at >= lease.total_seconds() / RENEWALS
            try:
                if due:
                    stop = self._database.run(attempts.renew, *self._mine, lease)
                else:
                    stop = self._database.run(attempts.asked_to_stop, *self._mine)
                if stop:
                    self._stop_reason = Stopped(self._mine[0])
            except attempts.Fenced as fenced:
                self._stop_reason = fenced
                return
            except DatabaseGone:
                log.get(__name__).warning("the lease was not renewed", exc_info=True)
            except Exception:  # noqa: BLE001 - without this thread the lease would run out unlogged
                log.get(__name__).exception("the lease was not renewed: an unexpected error")
            else:
                renewed_at = present if due else renewed_at
