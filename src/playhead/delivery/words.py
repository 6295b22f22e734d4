"""Sends the segments of a transcript on a status stream, before the status that counts them."""

from collections.abc import AsyncGenerator, Awaitable, Callable

from playhead import log
from playhead.accounts.models import User
from playhead.db import DatabaseError
from playhead.live import events
from playhead.sessions.models import Segment
from playhead.sessions.status import Status

SEGMENTS_AT_ONCE = 100
"""Segments in one event, at most: about 15 kB. A reader that does not take them keeps one event in memory, not the
whole transcript."""

ReadSegments = Callable[[str, int, int], Awaitable[list[Segment]]]
"""Reads the segments of a session from an index on, so many at most, in order; an empty list if there are no more."""


class Words:
    """The words of one stream, from a segment on.

    Args:
        read: reads segments; raises DatabaseError.
        start: the index of the first segment.
        allowed: whether this person may still have them while the session is processed.
    """

    def __init__(self, read: ReadSegments, start: int, allowed: Callable[[User], bool]) -> None:
        self._read = read
        self._next: int | None = start
        self._allowed = allowed

    def has_more(self, status: Status) -> bool:
        return self._next is not None and self._next < status.segments

    def check(self, person: User) -> None:
        if not self._allowed(person):
            self._next = None

    async def before(self, status: Status) -> AsyncGenerator[bytes]:
        """The next segments of those that the status counts; if they cannot be read, a later status brings them.

        Raises:
            DatabaseError: they cannot be read, and there is no later status.
        """
        while self._next is not None and self._next < status.segments:
            try:
                fresh = await self._read(status.session_id, self._next, SEGMENTS_AT_ONCE)
            except DatabaseError as error:
                if status.is_final:
                    raise
                log.get(__name__).warning("segments cannot be read", session_id=status.session_id, error=str(error))
                return
            if not fresh:
                return
            self._next = fresh[-1].index + 1
            frame = event(fresh)
            del fresh  # a slow reader keeps this generator waiting
            yield frame


def event(fresh: list[Segment]) -> bytes:
    """New segments, at least one, in order."""
    return events.event("segments", {"from": fresh[0].index, "segments": fresh})
