"""Consumers for workers of tests: they notice soon that their event loop hangs, and one makes it hang."""

import time
from typing import Any

from playhead.transcription.consumer import Consumer

HUNG_S = 3.0


class Impatient(Consumer):
    """Ends its worker when the loop has not turned for `HUNG_S`."""

    hung_s = HUNG_S
    look_s = 0.5


class Hanging(Impatient):
    """Its loop hangs once it has begun to look."""

    def register_with_event_loop(self, hub: Any) -> None:
        super().register_with_event_loop(hub)
        hub.timer.call_repeatedly(2 * self.look_s, hang)


def hang() -> None:
    time.sleep(3600)
