"""How many recordings are sent at once: each is an open file and half a megabyte, for as long as its reader likes."""

import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from weakref import WeakSet

from playhead.errors import Problem

A_PERSON = 8
"""A player opens three at most, a browser six connections to a site in all its tabs."""
AT_ONCE = 100
"""Of a process: at the 0.5 MB measured for each. Those that nobody reads end after 30 s."""
RETRY_S = 5
"""A player that seeks gives its old ones up in a moment."""
CUT = "playhead.cut"
"""The key among the ASGI scope's `extensions` of what ends the connection, where it carries one request at a time."""
Clock = Callable[[], float]


class Downloads:
    """Those of one process."""

    def __init__(self, *, a_person: int = A_PERSON, limit: int = AT_ONCE, clock: Clock = time.monotonic) -> None:
        self._a_person, self._limit, self._clock = a_person, limit, clock
        # Weakly, because a generator that was never begun, its client having left by then, does not run to its end.
        self._open: WeakSet[_Download] = WeakSet()

    async def counted(
        self, user_id: str, opening: Callable[[], Awaitable[AsyncGenerator[bytes]]], cut: Callable[[], object] | None
    ) -> AsyncGenerator[bytes]:
        """What `opening` opens, which counts as a download from before that until it ends or is given up.

        `cut` ends it at once, also while its reader takes nothing. One that has none never gives way.

        Raises:
            Problem: 429 `too_many_downloads`, 503 `busy`.
        """
        download = self._begun(user_id, cut)
        try:
            return self._sent(download, await opening())
        except BaseException:
            self._open.discard(download)
            raise

    def _begun(self, user_id: str, cut: Callable[[], object] | None) -> "_Download":
        counts = Counter(download.user_id for download in self._open)
        if counts[user_id] >= self._a_person:
            detail = f"At most {self._a_person} recordings are sent to you at once: try again in a moment."
            raise Problem(429, "too_many_downloads", detail, retry_after_s=RETRY_S)
        if len(self._open) >= self._limit:
            given = None if counts[user_id] else self._slowest_of_most(counts)
            if given is None or given.cut is None:
                detail = "Too many recordings are being played just now: try again in a moment."
                raise Problem(503, "busy", detail, retry_after_s=RETRY_S)
            self._open.discard(given)
            given.cut()
        download = _Download(user_id, cut, self._clock)
        self._open.add(download)
        return download

    def _slowest_of_most(self, counts: Counter[str]) -> "_Download | None":
        """The one that gives way to somebody who has none: of whoever has most, unless that is one each."""
        most = max(counts.values(), default=0)
        theirs = (one for one in self._open if counts[one.user_id] == most > 1)
        return min(theirs, key=_Download.bytes_s, default=None)

    async def _sent(self, download: "_Download", pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    download.taken += len(piece)
                    yield piece
        finally:
            self._open.discard(download)


class _Download:
    """One of them."""

    def __init__(self, user_id: str, cut: Callable[[], object] | None, clock: Clock) -> None:
        self.user_id, self.cut = user_id, cut
        self.taken = 0
        self._clock, self._began = clock, clock()

    def bytes_s(self) -> float:
        """How fast it is read; one that just began counts as a second old."""
        return self.taken / max(1.0, self._clock() - self._began)
