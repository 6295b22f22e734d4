"""How a status is put on a stream: whole, or as what changed since the last one this connection sent.

A whole document each time is more bytes than polling for it now and then. What changes within a stage is a few numbers.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

import msgspec

from playhead.delivery import events
from playhead.sessions.status import Status


class Wording(Protocol):
    """Of one stream. `frame` may be asked in vain; `said` follows when its frame was sent."""

    def frame(self, status: Status) -> bytes: ...

    def said(self, status: Status) -> None: ...


class Whole:
    """Every status as it is."""

    __slots__ = ("frame",)

    def __init__(self, encode: Callable[[Status], bytes]) -> None:
        self.frame = encode

    def said(self, status: Status) -> None:
        return


class Patches:
    """Within a stage, what changed. The first, every other stage and the final one are whole."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: Status | None = None

    def frame(self, status: Status) -> bytes:
        last = self._last
        if last is None or (last.attempt, last.stage) != (status.attempt, status.stage):
            return events.status(status)
        return _difference(last, status)

    def said(self, status: Status) -> None:
        self._last = status


@lru_cache(maxsize=events.FRAMES_KEPT)
def _difference(last: Status, status: Status) -> bytes:
    """Encoded once a process for all whose last one was the same. A merge patch cannot set a field to null."""
    before, after = msgspec.to_builtins(last), msgspec.to_builtins(status)
    changed = {name: value for name, value in after.items() if before[name] != value}
    return events.status(status) if None in changed.values() else events.patch(status.version, changed)
