"""Runs a work for all who ask for it, instead of once for each of them."""

import asyncio
from collections.abc import Awaitable, Callable


class Coalesced:
    """Runs one work at a time, and one more afterwards for everybody who asked meanwhile. Belongs to one event loop."""

    def __init__(self) -> None:
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Returns after a run that began after this call; a canceled caller does not cancel it.

        Args:
            work: always the same.

        Raises:
            Exception: what the work raised.
        """
        if self._next is None:
            self._next = asyncio.ensure_future(self._after(self._running, work))
        await asyncio.shield(self._next)

    async def _after(self, running: asyncio.Task[None] | None, work: Callable[[], Awaitable[None]]) -> None:
        if running is not None:
            await asyncio.wait([running])
        self._running, self._next = self._next, None
        await work()
