"""Sends the segments of a transcript on a status stream, before the status that counts them."""

from collections.abc import AsyncGenerator, Awaitable, Callable

from playhead import log
from playhead.accounts.models import User
from playhead.db import DatabaseError
from playhead.live import events
from playhead.live.errors import StoreError
from playhead.sessions.models import Segment
from playhead.sessions.status import Status
from playhead.sessions.wire import segment_document

SEGMENTS_AT_ONCE = 100
"""Segments in one event, at most: about 15 kB. A reader that does not take them keeps one event in memory, not the
whole transcript."""

ReadSegments = Callable[[str, int, int, int], Awaitable[list[Segment] | None]]
"""Reads the segments of a session from an index on, so many at most, of a revision, in order; an empty list if there
are no more, None if another revision is served."""


class Replaced(StoreError):
    """Another revision is served than the one whose segments are to be sent."""


class Words:
    """The words of one stream, from a segment on.

    Args:
        read: reads segments; raises DatabaseError.
        start: the index of the first segment.
        allowed: whether this person may still have them while the session is processed.
        revision: in which `start` counts; None: in the one that is served.
    """

    def __init__(
        self, read: ReadSegments, start: int, allowed: Callable[[User], bool], revision: int | None = None
    ) -> None:
        self._read = read
        self._next = start
        self._revision = revision
        self._is_allowed = True
        self._allowed = allowed

    def has_more(self, status: Status) -> bool:
        return self._is_allowed and self._first(status) < status.segments

    def check(self, person: User) -> None:
        self._is_allowed = self._is_allowed and self._allowed(person)

    async def before(self, status: Status) -> AsyncGenerator[bytes]:
        """The next segments of those that the status counts; if they cannot be read, a later status brings them.

        Those of a new revision begin with its first one.

        Raises:
            StoreError: they cannot be read, or another revision is served, and there is no later status.
        """
        while self.has_more(status):
            try:
                fresh = await self._read(status.session_id, self._first(status), SEGMENTS_AT_ONCE, status.revision)
                if fresh is None:
                    raise Replaced(f"revision {status.revision} is not served any more")
            except (DatabaseError, Replaced) as error:
                if status.is_final:
                    raise
                log.get(__name__).warning("segments cannot be read", session_id=status.session_id, error=str(error))
                return
            if not fresh:
                return
            self._next, self._revision = fresh[-1].index + 1, status.revision
            frame = event(fresh)
            del fresh  # a slow reader keeps this generator waiting
            yield frame

    def _first(self, status: Status) -> int:
        """The first segment to send of those that this status counts."""
        return self._next if self._revision in (None, status.revision) else 0


def event(fresh: list[Segment]) -> bytes:
    """New segments, at least one, in order."""
    documents = [segment_document(segment) for segment in fresh]
    return events.event("segments", {"revision": fresh[0].revision, "from": fresh[0].index, "segments": documents})
