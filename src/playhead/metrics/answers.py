"""Asks what a process depends on, and shows since when it has had no answer."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection

from playhead.metrics.metric import Metric
from playhead.metrics.metrics import Metrics

Ask = Callable[[], Awaitable[object]]
"""Returns once there is an answer; raises OSError if there is none."""

EVERY_S = 10.0
"""Between two questions: a new connection to Redis takes a few ms."""
LIMIT_S = 5.0
"""An answer that takes longer counts as none: no request of a person waits that long for Redis."""


class Answers:
    """A gauge of the time since the last answer, in seconds; until the first answer, since the start.

    Args:
        metrics: gets the gauge.
        metric: the gauge.
        asks: of several the one that has not answered for the longest counts; without any there is no value.
        clock: seconds, monotonic.
        limit_s: see `LIMIT_S`.
    """

    def __init__(
        self,
        metrics: Metrics,
        metric: Metric,
        asks: Collection[Ask],
        clock: Callable[[], float] = time.monotonic,
        *,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._clock, self._limit_s = clock, limit_s
        self._answered_at = dict.fromkeys(asks, clock())
        metrics.gauge(metric, self._age_s)

    async def refresh(self) -> None:
        """Asks all of them at once, for a limited time."""
        await asyncio.gather(*(self._ask(ask) for ask in self._answered_at))

    async def _ask(self, ask: Ask) -> None:
        with contextlib.suppress(OSError, TimeoutError):  # the age shows it, and those who use it log it
            async with asyncio.timeout(self._limit_s):
                await ask()
            self._answered_at[ask] = self._clock()

    def _age_s(self) -> float | None:
        first = min(self._answered_at.values(), default=None)
        return None if first is None else self._clock() - first
