"""Encode statuses for a stream: as whole documents, or as patches of the last one that this connection sent.

Whole documents are more bytes than polling for one now and then. What changes is a few numbers.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

import msgspec

from playhead.delivery import events
from playhead.sessions.status import Status


class StatusEncoder(Protocol):
    """Encodes the statuses of one stream."""

    def frame(self, status: Status) -> bytes:
        """The event of this status. Changes nothing: the event may not be sent."""
        ...

    def sent(self, status: Status) -> None:
        """The event of this status was sent."""
        ...


class Whole:
    """Encodes every status as a whole document."""

    __slots__ = ("frame",)

    def __init__(self, encode: Callable[[Status], bytes]) -> None:
        self.frame = encode

    def sent(self, status: Status) -> None:
        return


class Patches:
    """Encodes the first status as a whole document and later ones as patches."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: Status | None = None

    def frame(self, status: Status) -> bytes:
        return events.status(status) if self._last is None else _difference(self._last, status)

    def sent(self, status: Status) -> None:
        self._last = status


@lru_cache(maxsize=events.FRAMES_KEPT)
def _difference(last: Status, status: Status) -> bytes:
    """The patch from one status to another, encoded once per process for all streams that need it."""
    before, after = msgspec.to_builtins(last), msgspec.to_builtins(status)
    return events.patch(status.version, {name: value for name, value in after.items() if before[name] != value})
