"""What one reader of one topic has not taken yet: a slot a stage of a session, not a queue.

A slow reader costs one status, however many are published in a stage: the newest wins. A change of stage is not lost
to the next one, so it costs one more. Beside the statuses are signals, each a flag.
"""

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import Self

from playhead.sessions.status import Status

FIRST_HEARTBEAT_S = 1.0
"""The second sign of life, about 1 s after the first: two events apart in time prove that nothing buffers."""


class Signal(Enum):
    """What a reader is told besides statuses, most pressing first."""

    DRAIN = "drain"
    """This process is going away: say goodbye."""
    REPLACED = "replaced"
    """A newer reader of the same person has its place: say goodbye."""
    GAP = "gap"
    """Messages may be missing: read the store again."""
    CHECK = "check"
    """What was decided at the start may have changed: the flags. Costs no query, so that all may be told at once."""
    LOGIN = "login"
    """One of this person's logins or tokens ended: it may be this reader's."""
    HEARTBEAT = "heartbeat"
    """It is time for a heartbeat."""


ORDER = (Signal.DRAIN, Signal.REPLACED, Signal.GAP, Signal.CHECK, Signal.LOGIN)


class Inbox:
    """A reader's end. Only the event loop's thread touches it; `take` has one caller at a time."""

    __slots__ = (
        "_future",
        "_signals",
        "_statuses",
        "conflated",
        "fast_path",
        "heartbeat_at",
        "heartbeat_s",
        "known",
        "owner_id",
        "quiet_heartbeats",
        "reader",
        "topic",
        "writing_since",
        "written",
    )

    def __init__(self, topic: str, owner_id: str, heartbeat_s: float, opened_at: float) -> None:
        self.topic = topic
        self.owner_id = owner_id
        self.heartbeat_s = heartbeat_s
        self.heartbeat_at = opened_at + FIRST_HEARTBEAT_S
        self.quiet_heartbeats = 0
        """Heartbeats since a status of the topic's own session was put in: of a person's, each counts. What one session
        says does not prove that nothing of another was lost."""
        self.known: dict[str, int] = {}
        """The newest version its reader has of each session."""
        self.fast_path: Callable[[Status], bool] | None = None
        """Gives a status to the reader without waking its task; False: it cannot take it now, so the slot keeps it."""
        self.reader = asyncio.current_task()
        self.writing_since: float | None = None
        """Since when a frame is with the server and not taken by the network; None: none is."""
        self.conflated = 0
        """Statuses that were replaced by newer ones before they were taken; the stream reports and resets it."""
        self.written = 0
        """Events that the stream has written; the stream reports and resets it."""
        self._statuses: list[Status] = []
        self._signals: set[Signal] | None = None
        self._future: asyncio.Future[None] | None = None

    def put(self, status: Status) -> None:
        """Give the status to a reader that waits, or keep it: in place of the last one of its session and stage.

        One that is older than what the reader has, or than what waits, is dropped. A final one that the reader has is
        not: the reader may not have been told that it ends there.
        """
        known = self.known.get(status.session_id, -1)
        if status.version < known or (status.version == known and not status.is_final):
            return
        if status.session_id == self.topic:
            self.quiet_heartbeats = 0
        # A reader's task that is parked in `take` has nothing that waits, and is writing nothing.
        parked = self._future is not None and not self._future.done()
        if parked and self.fast_path is not None and self.fast_path(status):
            self.known[status.session_id] = status.version
        elif self._kept(status):
            self._wake()

    def _kept(self, status: Status) -> bool:
        for place in range(len(self._statuses) - 1, -1, -1):
            held = self._statuses[place]
            if held.session_id == status.session_id:
                if not status.supersedes(held):
                    return False
                if held.stage is status.stage and held.attempt == status.attempt:
                    self._statuses[place] = status
                    self.conflated += 1
                    return True
                break
        self._statuses.append(status)
        return True

    def signal(self, signal: Signal) -> None:
        if self._signals is None:
            self._signals = set()
        self._signals.add(signal)
        self._wake()

    async def take(self) -> Status | Signal:
        """Wait for something and take it: a signal of `ORDER` before a status, a status before a heartbeat."""
        while (found := self._found()) is None:
            self._future = asyncio.get_running_loop().create_future()
            try:
                await self._future
            finally:
                self._future = None
        return found

    def _found(self) -> Status | Signal | None:
        signals = self._signals
        if signals:
            for signal in ORDER:
                if signal in signals:
                    return self._taken(signal)
        if self._statuses:
            return self._statuses.pop(0)
        return self._taken(Signal.HEARTBEAT) if signals else None

    def _taken(self, signal: Signal) -> Signal:
        assert self._signals is not None
        self._signals.discard(signal)
        if not self._signals:
            self._signals = None  # 200 bytes a reader, where most have none
        return signal

    def _wake(self) -> None:
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.reader = self.fast_path = None
