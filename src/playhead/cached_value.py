"""Caches one value for a limited time; concurrent callers share one read."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar

V = TypeVar("V")


FAILURE_S = 1.0
"""How long a failure is reused at most: what failed is not asked at each call, and is soon asked again."""


class CachedValue(Generic[V]):
    """Reads at most once in `max_age_s` seconds, after a failure once in `FAILURE_S`. Belongs to one event loop."""

    def __init__(
        self, read: Callable[[], Awaitable[V]], max_age_s: float, clock: Callable[[], float] = monotonic
    ) -> None:
        self._read = read
        self._max_age_s = max_age_s
        self._clock = clock
        self._read_at = -max_age_s
        self._answer: asyncio.Future[V] | None = None

    async def get(self) -> V:
        """Returns the value, at most `max_age_s` old. Raises what the read raised."""
        if self._answer is None or self._clock() - self._read_at >= self._lasts_s(self._answer):
            self._read_at = self._clock()
            self._answer = asyncio.ensure_future(self._read())
        return await asyncio.shield(self._answer)  # one canceled caller must not cancel the others' read

    def _lasts_s(self, answer: asyncio.Future[V]) -> float:
        failed = answer.done() and (answer.cancelled() or answer.exception() is not None)
        return min(self._max_age_s, FAILURE_S) if failed else self._max_age_s
