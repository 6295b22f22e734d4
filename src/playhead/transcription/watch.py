"""What goes on beside the work of an attempt: its lease is kept, it hears when to stop, and if it hangs it is ended."""

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
"""In the time of a lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long an attempt may keep its session, hang, and not look."""

    lease: timedelta = attempts.LEASE
    stall_s: float = 300.0
    """No progress for so long is none at all; as the setting `stall_s`, which says why."""
    look_s: float = 1.0
    """How often is asked whether the attempt is to stop: it then does so within 2 s of the engine's next event."""
    rearm_s: float = 1.0
    """Between two windings of the alarm: signs of life may come by the thousand."""


class Watch:
    """Over one attempt, for the time of a block.

    The worker's thread notes every sign of life. One that comes too late ends this process, whatever holds it, native
    code and Python's own lock included: to everybody else the worker died, and the next attempt begins once the lease
    is over. Another thread keeps the lease and learns whether to stop, which the next note then raises: no thread can
    be interrupted from outside in a place of its own choosing.
    """

    def __init__(self, database: SyncDatabase, session_id: str, attempt: int, timings: Timings = Timings()) -> None:
        self._database = database
        self._mine = (session_id, attempt)
        self._timings = timings
        self._armed_at = self._within_s = 0.0
        self._told: Exception | None = None
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
        """The attempt got on; the next sign of life may take `patience` times as long as they usually do.

        Raises:
            Stopped: the person asked for the session to stop.
            Fenced: it belongs to another attempt, or is gone.
        """
        if self._told is not None:
            raise self._told
        present, within_s = time.monotonic(), self._timings.stall_s * patience
        if within_s != self._within_s or present - self._armed_at >= self._timings.rearm_s:
            # The only alarm that needs no thread of Python's; it writes where each one stood to the log.
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
                    self._told = Stopped(self._mine[0])
            except attempts.Fenced as fenced:
                self._told = fenced
                return
            except DatabaseGone:
                log.get(__name__).warning("the lease was not renewed", exc_info=True)
            except Exception:  # noqa: BLE001 - without this thread the lease would be lost, and no word of why
                log.get(__name__).exception("the lease was not renewed, for a reason nobody foresaw")
            else:
                renewed_at = present if due else renewed_at
