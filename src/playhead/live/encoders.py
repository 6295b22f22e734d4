"""Encode statuses for a stream: as whole documents, or as patches of the last one that this connection sent.

Whole documents are more bytes than polling for one now and then. What changes is a few numbers.
"""

from collections.abc import Callable
from typing import Generic, Protocol

from playhead.live.events import StatusEvents
from playhead.live.job import D, D_contra


class StatusEncoder(Protocol[D_contra]):
    """Encodes the statuses of one stream."""

    def frame(self, status: D_contra) -> bytes:
        """The event of this status. Changes nothing: the event may not be sent."""
        ...

    def sent(self, status: D_contra) -> None:
        """The event of this status was sent."""
        ...


class Whole(Generic[D]):
    """Encodes every status as a whole document."""

    __slots__ = ("frame",)

    def __init__(self, encode: Callable[[D], bytes]) -> None:
        self.frame = encode

    def sent(self, status: D) -> None:
        return


class Patches(Generic[D]):
    """Encodes the first status as a whole document and later ones as patches."""

    __slots__ = ("_events", "_last")

    def __init__(self, events: StatusEvents[D]) -> None:
        self._events = events
        self._last: D | None = None

    def frame(self, status: D) -> bytes:
        return self._events.whole(status) if self._last is None else self._events.difference(self._last, status)

    def sent(self, status: D) -> None:
        self._last = status
