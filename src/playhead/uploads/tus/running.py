"""The requests of a process that append to recordings: one for each recording, and the newest of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from playhead.errors import Problem
from playhead.uploads.arriving import Cut

END_S = 2.0
"""How long an older request may take to end: it stores what came of it, which takes milliseconds in a folder."""
WAITING_MAX = 4
"""Requests that wait for an older one of the same recording: each holds up to 4 MiB of its body."""
LOCKED_RETRY_S = 2.0
"""`Retry-After` in seconds where it takes longer, as with a slow bucket."""
DRAIN_S = 10.0
"""How long a request goes on while its process ends: a client cuts a file into chunks of about 10 s."""
DRAIN_RETRY_S = 2.0
"""`Retry-After` in seconds of an upload whose process ends; another one is there by then."""


class RunningUploads:
    """The requests that append, by the keys of their recordings. Belongs to one event loop."""

    def __init__(self, end_s: float = END_S, drain_s: float = DRAIN_S) -> None:
        self._end_s, self._drain_s = end_s, drain_s
        self._running: dict[str, _Running] = {}
        self._waiting: Counter[str] = Counter()
        self._is_draining = False

    async def end(self, key: str) -> None:
        """Ends the request that appends to this recording: who comes back is right, and the old connection dead.

        In another process it ends at its next byte, because it finds that somebody else has appended (`Superseded`).

        Raises:
            Problem: 423 `upload_locked`, it has not ended in time.
        """
        if (old := self._running.get(key)) is None:
            return
        old.cut(superseded())
        try:
            async with asyncio.timeout(self._end_s):
                await old.ended.wait()
        except TimeoutError:
            raise locked() from None

    @asynccontextmanager
    async def begin(self, key: str) -> AsyncIterator[Cut]:
        """Makes its block the request that appends to this recording, in the place of an older one.

        Raises:
            Problem: 423 `upload_locked`; 503 `draining`.
        """
        while key in self._running:
            if self._waiting[key] >= WAITING_MAX:
                raise locked()
            self._waiting[key] += 1
            try:
                await self.end(key)
            finally:
                self._waiting[key] -= 1
                self._waiting += Counter()  # drops what is 0
        if self._is_draining:
            raise draining()
        running = self._running[key] = _Running()
        try:
            yield running
        finally:
            del self._running[key]
            running.ended.set()

    def ending_first(self, delete: Callable[[str], Awaitable[None]]) -> Callable[[str], Awaitable[None]]:
        """Makes the function that ends the request that appends to a recording, and deletes the recording then."""

        async def end_and_delete(key: str) -> None:
            with suppress(Problem):  # it notices by itself that there is no session any more, and deletes again
                await self.end(key)
            await delete(key)

        return end_and_delete

    def drain(self) -> None:
        """Lets no request begin any more, and ends those that take longer than `drain_s`; what came is kept."""
        self._is_draining = True
        asyncio.get_running_loop().call_later(self._drain_s, self._end_all)

    def _end_all(self) -> None:
        for running in self._running.values():
            running.cut(draining())


class _Running(Cut):
    def __init__(self) -> None:
        super().__init__()
        self.ended = asyncio.Event()


def locked() -> Problem:
    """The answer to a request that cannot wait for the one before."""
    sentence = "What came before is still being stored: try again."
    return Problem(423, "upload_locked", sentence, retry_after_s=LOCKED_RETRY_S)


def superseded() -> Problem:
    """The answer to a request after which another one has begun to append."""
    return Problem(409, "upload_superseded", "The file is being uploaded from elsewhere.")


def draining() -> Problem:
    """The answer to a request whose process ends."""
    return Problem(503, "draining", "The server restarts: go on in a moment.", retry_after_s=DRAIN_RETRY_S)
