"""A value that many ask for and that may be a little old: it is read once in a while, for all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Reads at most once in `for_s` seconds. Belongs to one event loop."""

    def __init__(self, read: Callable[[], Awaitable[V]], for_s: float, clock: Callable[[], float] = monotonic) -> None:
        self._read = read
        self._for_s = for_s
        self._clock = clock
        self._asked_at = -for_s
        self._answer: asyncio.Future[V] | None = None

    async def get(self) -> V:
        """The value as of `for_s` ago at most. Raises what the read raised."""
        if self._answer is None or self._clock() - self._asked_at >= self._for_s:
            self._asked_at = self._clock()
            self._answer = asyncio.ensure_future(self._read())
        return await asyncio.shield(self._answer)  # it is also the others'
