"""Reads the slider for those who look: while the flags' store does not answer they get the last reading."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from playhead.live.clock import now
from playhead.live.errors import StoreError
from playhead.rollout.ports import Refused, Slider, Unreachable

FRESH_S = 2.0
"""How long a reading is shown: several admins who look, each every few seconds, cost one request."""
PATIENCE_S = 1.0
"""How long somebody waits for a reading. A server that is well answers in a tenth of it."""


@dataclass(frozen=True, slots=True)
class SliderReading:
    """What was read last.

    Args:
        share: in percent; None: it was never read, as of `group` and `is_allowed`.
        is_allowed: whether the kill switch lets anybody stream.
        trouble: why this is not the present state; empty if it is.
        at: when it was read.
    """

    share: int | None = None
    group: str | None = None
    is_allowed: bool | None = None
    trouble: str = ""
    at: datetime | None = None


class SliderReader:
    """One per process, in its event loop. Raises nothing.

    Args:
        slider: is read one time after another, but at once after an order.
        patience_s: how long a caller waits.
        clock: seconds, for the age of a reading.
    """

    def __init__(
        self, slider: Slider, patience_s: float = PATIENCE_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._slider = slider
        self._patience_s = patience_s
        self._clock = clock
        self._last = SliderReading()
        self._read_at = 0.0
        self._task: asyncio.Task[None] | None = None

    async def look(self, *, anew: bool = False) -> SliderReading:
        """The present state, at most `FRESH_S` old; or after `patience_s` the last one, with the trouble.

        Args:
            anew: read it even if the last reading is younger, because it was just moved.
        """
        is_old = self._clock() - self._read_at >= FRESH_S
        if self._task is None or anew or (self._task.done() and is_old):
            self._read_at = self._clock()
            self._task = asyncio.create_task(self._read(), name="slider")
        task = self._task
        await asyncio.wait({task}, timeout=self._patience_s)
        if task.done():
            return self._last
        return replace(self._last, trouble=f"{_begun(self._slider.location)} does not answer.{_shown(self._last)}")

    async def _read(self) -> None:
        try:
            position, is_allowed = await asyncio.gather(self._slider.read(), self._slider.is_allowed())
        except (Refused, Unreachable, StoreError) as error:
            self._last = replace(self._last, trouble=f"{error}{_shown(self._last)}")
        else:
            self._last = SliderReading(position.share, position.group, is_allowed, at=now())


def _shown(last: SliderReading) -> str:
    return f" What is shown is of {last.at:%H:%M:%S} UTC." if last.at else ""


def _begun(location: str) -> str:
    return location[:1].upper() + location[1:]
