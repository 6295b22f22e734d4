"""Celery consumers for workers in tests: one with a short watchdog, and one whose event loop hangs."""

import time
from typing import Any

from playhead.transcription.consumer import Consumer

HUNG_S = 3.0


class QuickWatchdog(Consumer):
    """Ends its worker after `HUNG_S` without a turn of the event loop."""

    hung_s = HUNG_S
    look_s = 0.5


class Hanging(QuickWatchdog):
    """Blocks its event loop after the first check."""

    def register_with_event_loop(self, hub: Any) -> None:
        super().register_with_event_loop(hub)
        hub.timer.call_repeatedly(2 * self.look_s, hang)


def hang() -> None:
    time.sleep(3600)
