"""How a status is put on a stream: whole, or as what changed since the last one this connection sent.

A whole document each time is more bytes than polling for it now and then. What changes is a few numbers.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

import msgspec

from playhead.delivery import events
from playhead.sessions.status import Status


class StatusEncoder(Protocol):
    """Of one stream. `frame` may be asked in vain; `sent` follows when its frame was sent."""

    def frame(self, status: Status) -> bytes: ...

    def sent(self, status: Status) -> None: ...


class Whole:
    """Every status as it is."""

    __slots__ = ("frame",)

    def __init__(self, encode: Callable[[Status], bytes]) -> None:
        self.frame = encode

    def sent(self, status: Status) -> None:
        return


class Patches:
    """What changed; the first one is whole."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: Status | None = None

    def frame(self, status: Status) -> bytes:
        return events.status(status) if self._last is None else _difference(self._last, status)

    def sent(self, status: Status) -> None:
        self._last = status


@lru_cache(maxsize=events.FRAMES_KEPT)
def _difference(last: Status, status: Status) -> bytes:
    """Encoded once a process, for all whose last one was the same."""
    before, after = msgspec.to_builtins(last), msgspec.to_builtins(status)
    return events.patch(status.version, {name: value for name, value in after.items() if before[name] != value})
