"""Celery's consumer, which outlives whatever its broker does.

A broker that refuses (READONLY, OOM, NOREPLICAS, MISCONF) is asked again until it takes writes. A connection that went
deaf is found: while the consumer waits for messages by kombu's own check, because BRPOP answers each second; after a
task by its acknowledgement, which fails on a dead connection and leaves Celery waiting for ever.
"""

import faulthandler
import os
import sys
import time
import warnings
from typing import Any

from celery.exceptions import CPendingDeprecationWarning
from celery.worker import state
from celery.worker.consumer import Consumer as CeleryConsumer

from playhead import log
from playhead.transcription.broker import take_over_old

LOOK_S = 5.0
LOOKS = 2
"""In a row that find messages in hand and nobody at work on them: an acknowledgement takes milliseconds."""
OLD_LOOKS = 12
"""From one look at the queue of an earlier release to the next: a minute. A web process of that release may live on for
long after this worker began, and what it sends again goes there, too."""
HUNG_S = 120.0
"""An event loop that does not turn for so long never will, and the process ends: waits for the broker end after 5 s
each. While there is no connection there is no loop, and no limit."""
WAIT_MIN_S, WAIT_MAX_S = 1.0, 10.0
"""Between two tries while the broker refuses."""
STEP_S = 0.2
"""How soon a wait notices that the worker is asked to end."""

# A child forked while the watchdog runs has its locks and not its thread: the child's own watchdog, and so its first
# task, would wait for it for ever. The parent's is set again at the next look.
os.register_at_fork(before=faulthandler.cancel_dump_traceback_later)


class Consumer(CeleryConsumer):  # type: ignore[misc]
    """Takes tasks from the broker, as the setting `worker_consumer`."""

    hung_s = HUNG_S
    look_s = LOOK_S

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stranded = self._looks = 0
        self._refused = ""
        self._wait_s = WAIT_MIN_S

    def on_ready(self) -> None:
        super().on_ready()
        if self._refused:
            log.get(__name__).info("the broker can be used again")
        self._refused, self._wait_s = "", WAIT_MIN_S
        self._take_over_old()

    def _take_over_old(self) -> None:
        if moved := take_over_old(self.task_consumer.channel):
            log.get(__name__).info("messages of an earlier release were taken over", messages=moved)

    def register_with_event_loop(self, hub: Any) -> None:
        super().register_with_event_loop(hub)
        hub.timer.call_repeatedly(self.look_s, self._look)

    def _look(self) -> None:
        """Look for a sign that nothing will ever come, and seldom for what comes to the old queue.

        Raises:
            ConnectionError: an acknowledgement was lost; Celery then connects anew.
        """
        faulthandler.dump_traceback_later(self.hung_s, exit=True, file=sys.__stderr__ or sys.stderr)
        stranded = not (state.reserved_requests or self.task_consumer.channel.qos.can_consume())
        self._stranded = self._stranded + 1 if stranded else 0
        if self._stranded >= LOOKS:
            self._stranded = 0
            raise ConnectionError("a task's end could not be acknowledged")
        self._looks += 1
        if self._looks % OLD_LOOKS == 0:
            self._take_over_old()

    def on_close(self) -> None:
        """The event loop ended, with the connection or with the worker."""
        faulthandler.cancel_dump_traceback_later()
        super().on_close()

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        self._wait(exc)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        with warnings.catch_warnings():  # ten lines about a choice that was made: a task outlives its connection
            warnings.simplefilter("ignore", CPendingDeprecationWarning)
            super().on_connection_error_after_connected(exc)
        if not isinstance(exc, OSError):
            self._wait(exc)

    def _wait(self, error: Exception) -> None:
        """Wait before the next try, with one line for each reason."""
        reason = str(error)
        if reason != self._refused:
            self._refused = reason
            log.get(__name__).warning("the broker cannot be used; trying until it can", error=reason)
        until = time.monotonic() + self._wait_s
        self._wait_s = min(WAIT_MAX_S, self._wait_s * 2)
        while time.monotonic() < until:
            state.maybe_shutdown()
            time.sleep(STEP_S)
