"""How many recordings are sent at once: each is an open file and half a megabyte, for as long as its reader likes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from weakref import WeakKeyDictionary

from playhead.errors import Problem

A_PERSON = 8
"""A player opens three at most, a browser six connections to a site in all its tabs."""
AT_ONCE = 100
"""Of a process: at the 0.5 MB measured for each. Those that nobody reads end after 30 s."""
RETRY_S = 5
"""A player that seeks gives its old ones up in a moment."""


class Downloads:
    """Those of one process."""

    def __init__(self, *, a_person: int = A_PERSON, at_once: int = AT_ONCE) -> None:
        self._a_person, self._at_once = a_person, at_once
        # Weakly, because a generator that was never begun, its client having left by then, does not run to its end.
        self._open: WeakKeyDictionary[_Download, str] = WeakKeyDictionary()

    def counted(self, user_id: str, pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        """The pieces, which count as a download until they end or are given up.

        Raises:
            Problem: 429 `too_many_downloads`, 503 `busy`.
        """
        if sum(who == user_id for who in self._open.values()) >= self._a_person:
            detail = f"At most {self._a_person} recordings are sent to you at once: try again in a moment."
            raise Problem(429, "too_many_downloads", detail, retry_after_s=RETRY_S)
        if len(self._open) >= self._at_once:
            detail = "Too many recordings are being played just now: try again in a moment."
            raise Problem(503, "busy", detail, retry_after_s=RETRY_S)
        download = _Download()
        self._open[download] = user_id
        return self._sent(download, pieces)

    async def _sent(self, download: "_Download", pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    yield piece
        finally:
            del self._open[download]


class _Download:
    """One of them."""

    __slots__ = ("__weakref__",)
