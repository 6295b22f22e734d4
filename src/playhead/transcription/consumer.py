"""Celery's consumer, made to survive failures of its broker.

While the broker refuses commands (READONLY, OOM, NOREPLICAS, MISCONF), the consumer retries until it accepts them. It
detects a dead connection in two ways: while it waits for messages by kombu's own check, because BRPOP answers each
second; after a task by its acknowledgement, which fails on a dead connection and leaves Celery waiting for ever.
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
"""Between two checks."""
STRANDED_LOOKS = 2
"""Checks in a row that find unacknowledged messages and no running task: an acknowledgement takes milliseconds."""
OLD_QUEUE_LOOKS = 12
"""Checks between two reads of an earlier release's queue: a minute. A web process of that release may run on long after
this worker began, and sends its messages there."""
HUNG_S = 120.0
"""The process ends when its event loop does not turn for so long: waits for the broker end after 5 s each. Without a
connection there is no loop, and no limit."""
WAIT_MIN_S, WAIT_MAX_S = 1.0, 10.0
"""Between two tries while the broker refuses."""
STEP_S = 0.2
"""How soon a wait notices that the worker is to shut down."""

# A child forked while the watchdog runs has its locks but not its thread: the child's own watchdog, and so its first
# task, would wait for ever. The parent's is set again at its next check.
os.register_at_fork(before=faulthandler.cancel_dump_traceback_later)


class Consumer(CeleryConsumer):  # type: ignore[misc]
    """Receives tasks from the broker; Celery's setting `worker_consumer` names this class."""

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
        """Checks for a dead connection, and at every `OLD_QUEUE_LOOKS`th call for messages in the old queue.

        Raises:
            ConnectionError: an acknowledgement was lost; Celery then connects again.
        """
        faulthandler.dump_traceback_later(self.hung_s, exit=True, file=sys.__stderr__ or sys.stderr)
        stranded = not (state.reserved_requests or self.task_consumer.channel.qos.can_consume())
        self._stranded = self._stranded + 1 if stranded else 0
        if self._stranded >= STRANDED_LOOKS:
            self._stranded = 0
            raise ConnectionError("a task's end could not be acknowledged")
        self._looks += 1
        if self._looks % OLD_QUEUE_LOOKS == 0:
            self._take_over_old()

    def on_close(self) -> None:
        """Stops the watchdog: the event loop ended, with the connection or with the worker."""
        faulthandler.cancel_dump_traceback_later()
        super().on_close()

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        self._wait(exc)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        with warnings.catch_warnings():  # ten lines about tasks that outlive their connection, which is intended
            warnings.simplefilter("ignore", CPendingDeprecationWarning)
            super().on_connection_error_after_connected(exc)
        if not isinstance(exc, OSError):
            self._wait(exc)

    def _wait(self, error: Exception) -> None:
        """Waits before the next try; logs each new reason once."""
        reason = str(error)
        if reason != self._refused:
            self._refused = reason
            log.get(__name__).warning("the broker cannot be used; trying until it can", error=reason)
        until = time.monotonic() + self._wait_s
        self._wait_s = min(WAIT_MAX_S, self._wait_s * 2)
        while time.monotonic() < until:
            state.maybe_shutdown()
            time.sleep(STEP_S)
