"""Limits concurrent downloads of recordings: each holds an open file and 0.5 MB for as long as its reader takes."""

import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from weakref import WeakSet

from playhead.errors import Problem

A_PERSON = 8
"""Downloads of a person. A player opens three at most, a browser six connections to a site in all its tabs."""
AT_ONCE = 100
"""Downloads of a process, at the 0.5 MB measured for each. Those that are not read end after 30 s."""
RETRY_S = 5
"""A player that seeks ends its old downloads within a second."""
CUT = "playhead.cut"
"""Key of the ASGI scope's `extensions`: a function that resets the connection, if it carries one request at a time."""
Clock = Callable[[], float]


class Downloads:
    """The downloads of one process.

    Args:
        a_person: limit for a person.
        limit: limit for the process.
        clock: seconds; replaced in tests.
    """

    def __init__(self, *, a_person: int = A_PERSON, limit: int = AT_ONCE, clock: Clock = time.monotonic) -> None:
        self._a_person, self._limit, self._clock = a_person, limit, clock
        # Weak references: if the client leaves before the generator begins, its `finally` never runs.
        self._open: WeakSet[_Download] = WeakSet()

    async def counted(
        self, user_id: str, opening: Callable[[], Awaitable[AsyncGenerator[bytes]]], cut: Callable[[], object] | None
    ) -> AsyncGenerator[bytes]:
        """Counts a download from before its file is opened until it ends or is canceled; returns its bytes.

        At the limit of the process, somebody without a download replaces the slowest one of the person with most.

        Args:
            user_id: whose download it is.
            opening: opens the file.
            cut: ends the download at once, also while it is not read; one without it is never replaced.

        Raises:
            Problem: 429 `too_many_downloads`, 503 `busy`.
        """
        download = self._begin(user_id, cut)
        try:
            return self._sent(download, await opening())
        except BaseException:
            self._open.discard(download)
            raise

    def _begin(self, user_id: str, cut: Callable[[], object] | None) -> "_Download":
        counts = Counter(download.user_id for download in self._open)
        if counts[user_id] >= self._a_person:
            detail = f"You can play at most {self._a_person} recordings at once: try again in a moment."
            raise Problem(429, "too_many_downloads", detail, retry_after_s=RETRY_S)
        if len(self._open) >= self._limit:
            replaced = None if counts[user_id] else self._slowest_of_most(counts)
            if replaced is None or replaced.cut is None:
                detail = "Too many recordings are being played just now: try again in a moment."
                raise Problem(503, "busy", detail, retry_after_s=RETRY_S)
            self._open.discard(replaced)
            replaced.cut()
        download = _Download(user_id, cut, self._clock)
        self._open.add(download)
        return download

    def _slowest_of_most(self, counts: Counter[str]) -> "_Download | None":
        """The slowest download of the person with most; None if nobody has more than one."""
        most = max(counts.values(), default=0)
        theirs = (one for one in self._open if counts[one.user_id] == most > 1)
        return min(theirs, key=_Download.bytes_s, default=None)

    async def _sent(self, download: "_Download", pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    download.sent_bytes += len(piece)
                    yield piece
        finally:
            self._open.discard(download)


class _Download:
    def __init__(self, user_id: str, cut: Callable[[], object] | None, clock: Clock) -> None:
        self.user_id, self.cut = user_id, cut
        self.sent_bytes = 0
        self._clock, self._began = clock, clock()

    def bytes_s(self) -> float:
        """Bytes read a second; a download younger than a second counts as a second old."""
        return self.sent_bytes / max(1.0, self._clock() - self._began)
