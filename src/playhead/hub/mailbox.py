"""What one reader of one session has not taken yet: a slot a stage, not a queue.

A slow reader costs one status, however many are published in a stage: the newest wins. A change of stage is not lost
to the next one, so it costs one more. Beside the statuses are signals, each a flag.
"""

import asyncio
from enum import Enum
from time import monotonic
from typing import Self

from playhead.sessions.status import Status

FIRST_BEAT_S = 1.0
"""The second sign of life, about 1 s after the first: two events apart in time prove that nothing buffers."""


class Signal(Enum):
    """What a reader is told besides statuses, most pressing first."""

    DRAIN = "drain"
    """This process is going away: say goodbye."""
    GAP = "gap"
    """Messages may be missing: read the store again."""
    CHECK = "check"
    """What was decided at the start may have changed: the flags. Costs no query, so that all may be told at once."""
    LOGIN = "login"
    """One of this person's logins or tokens ended: it may be this reader's."""
    BEAT = "beat"
    """It is time for a heartbeat."""


ORDER = (Signal.DRAIN, Signal.GAP, Signal.CHECK, Signal.LOGIN)


class Mailbox:
    """A reader's end. Only the event loop's thread touches it; `take` has one caller at a time."""

    __slots__ = (
        "_future",
        "_signals",
        "_statuses",
        "beat_at",
        "heartbeat_s",
        "owner_id",
        "reader",
        "session_id",
        "writing_since",
    )

    def __init__(self, session_id: str, owner_id: str, heartbeat_s: float) -> None:
        self.session_id = session_id
        self.owner_id = owner_id
        self.heartbeat_s = heartbeat_s
        self.beat_at = monotonic() + FIRST_BEAT_S
        self.reader = asyncio.current_task()
        self.writing_since: float | None = None
        """Since when a frame is with the server and not taken by the network; None: none is."""
        self._statuses: list[Status] = []
        self._signals: set[Signal] = set()
        self._future: asyncio.Future[None] | None = None

    def put(self, status: Status) -> None:
        """Keep the status if it is newer than those that wait, in place of the last one if that is of its stage."""
        last = self._statuses[-1] if self._statuses else None
        if not status.supersedes(last):
            return
        if last is not None and (last.attempt, last.stage) == (status.attempt, status.stage):
            self._statuses[-1] = status
        else:
            self._statuses.append(status)
        self._wake()

    def signal(self, signal: Signal) -> None:
        self._signals.add(signal)
        self._wake()

    async def take(self) -> Status | Signal:
        """Wait for something and take it: a drain, a gap and a check before a status, a status before a beat."""
        while (found := self._found()) is None:
            self._future = asyncio.get_running_loop().create_future()
            try:
                await self._future
            finally:
                self._future = None
        return found

    def _found(self) -> Status | Signal | None:
        if self._signals:
            for signal in ORDER:
                if signal in self._signals:
                    self._signals.discard(signal)
                    return signal
        if self._statuses:
            return self._statuses.pop(0)
        if Signal.BEAT in self._signals:
            self._signals.discard(Signal.BEAT)
            return Signal.BEAT
        return None

    def _wake(self) -> None:
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.reader = None
