"""Caches one value for a limited time; concurrent callers share one read."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar

V = TypeVar("V")


class CachedValue(Generic[V]):
    """Reads at most once in `max_age_s` seconds. Belongs to one event loop."""

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
        if self._answer is None or self._clock() - self._read_at >= self._max_age_s:
            self._read_at = self._clock()
            self._answer = asyncio.ensure_future(self._read())
        return await asyncio.shield(self._answer)  # one canceled caller must not cancel the others' read
