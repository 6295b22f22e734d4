"""Holds what one reader of one topic has not taken yet: one status per stage of a job, and signals.

It is not a queue: within a stage a newer status replaces an older one, so a slow reader costs one status per stage,
however many are published (`STATUSES_KEPT` at most). Each signal is a flag.
"""

import asyncio
import random
from collections.abc import Callable
from enum import Enum
from typing import Generic

from playhead.live.job import D, is_newer

FIRST_HEARTBEAT_S = 1.0
"""Seconds until the first heartbeat. `hello` and this one, apart in time, show that nothing on the path buffers."""
SECOND_HEARTBEAT_EARLIER = 0.5
"""The share of the interval by which the second heartbeat may come earlier, at random: those of streams that were
opened together (after a deploy) must not all come together for as long as these last."""

STATUSES_KEPT = 32
"""Statuses that wait at once, beyond which the oldest of the same job goes. Jobs have a few stages; one that names a
stage for each row must not fill the memory through a slow reader. Of each job the newest is always kept."""


class Signal(Enum):
    """What a reader receives besides statuses, the most urgent first."""

    DRAIN = "drain"
    """This process is about to end: end the stream."""
    REPLACED = "replaced"
    """A newer reader took the place: end the stream."""
    GAP = "gap"
    """Messages may be missing: read the store again."""
    CHECK = "check"
    """The flags may have changed: check them. Needs no query, so all readers can be signaled together."""
    LOGIN = "login"
    """A login or token of this person ended: check whether it is this reader's."""
    HEARTBEAT = "heartbeat"
    """A heartbeat is due."""


TAKEN_BEFORE_STATUSES = (Signal.DRAIN, Signal.REPLACED, Signal.GAP, Signal.CHECK, Signal.LOGIN)


class Inbox(Generic[D]):
    """The inbox of one reader. Used from the event loop's thread only; `take` has one caller at a time."""

    __slots__ = (
        "_on_filled",
        "_signals",
        "_statuses",
        "conflated",
        "fast_path",
        "heartbeat_at",
        "heartbeat_s",
        "is_spread",
        "owner_id",
        "quiet_heartbeats",
        "reader",
        "stream_id",
        "topic",
        "versions",
        "writing_since",
    )

    def __init__(self, topic: str, owner_id: str, heartbeat_s: float, opened_at: float) -> None:
        self.topic = topic
        self.owner_id = owner_id
        self.heartbeat_s = heartbeat_s
        self.heartbeat_at = opened_at + FIRST_HEARTBEAT_S
        self.is_spread = False
        """Whether its heartbeats come at a time of its own, because the second one came earlier."""
        self.quiet_heartbeats = 0
        """Heartbeats since the last status of the topic's own job. On the topic of a person no status resets it: a
        status of one job does not prove that none of another was lost."""
        self.stream_id = ""
        """Identifies the stream over all processes; empty where that is not needed."""
        self.versions: dict[str, int] = {}
        """The newest version of each job that the reader has."""
        self.fast_path: Callable[[D], int] | None = None
        """Writes a status to the reader without waking its task, and returns its bytes; 0 if the reader cannot take it
        now: then the inbox keeps it."""
        self.reader = asyncio.current_task()
        """The task to cancel if the reader stops reading."""
        self.writing_since: float | None = None
        """When the frame was given to the server that the network has not taken yet; None: there is none."""
        self.conflated = 0
        """Statuses that were replaced by newer ones before they were taken; the stream reports and resets it."""
        self._statuses: dict[str, list[D]] = {}
        """By job, each the oldest first; jobs take turns. No list is empty."""
        self._signals: set[Signal] | None = None
        self._on_filled: Callable[[], object] | None = None
        """Called when something comes; None: the reader is busy, and looks by itself."""

    def next_heartbeat_in_s(self) -> float:
        """Seconds from a heartbeat to the next: the interval, or less from the first one to the second."""
        if self.is_spread:
            return self.heartbeat_s
        self.is_spread = True
        return self.heartbeat_s * random.uniform(1 - SECOND_HEARTBEAT_EARLIER, 1)  # noqa: S311 - no secret

    def put(self, status: D) -> int:
        """Write the status on the fast path, or keep it, in place of an older one of its job and stage.

        A status older than what the reader has, or than what is kept, is dropped. A final status of the same version is
        kept: it ends the stream.

        Returns:
            The bytes that were written on the fast path; 0: none.
        """
        of, version, versions = status.id, status.version, self.versions
        held = versions.get(of, -1)
        if version < held or (version == held and not status.is_final):
            return 0
        if of == self.topic:
            self.quiet_heartbeats = 0
        # A reader that waits has an empty inbox and writes nothing.
        waits = self._on_filled is not None
        if waits and self.fast_path is not None and (size := self.fast_path(status)):
            versions[of] = version
            return size
        if self._kept(status):
            self._wake()
        return 0

    def _kept(self, status: D) -> bool:
        kept = self._statuses.get(status.id)
        if kept is None:
            self._statuses[status.id] = [status]
            return True
        newest = kept[-1]
        if not is_newer(status, newest):
            return False
        if newest.stage == status.stage and newest.attempt == status.attempt:
            kept[-1] = status
            self.conflated += 1
            return True
        if sum(map(len, self._statuses.values())) >= STATUSES_KEPT:
            del kept[0]
            self.conflated += 1
        kept.append(status)
        return True

    def signal(self, signal: Signal) -> None:
        """Set a signal, once however often it is set before it is taken."""
        if self._signals is None:
            self._signals = set()
        self._signals.add(signal)
        self._wake()

    async def take(self) -> D | Signal:
        """Wait for the next item and take it: other signals before statuses, statuses before a heartbeat."""
        while (found := self.take_now()) is None:
            await self.filled()
        return found

    def take_now(self) -> D | Signal | None:
        """Take the next item; None: there is none."""
        signals = self._signals
        if signals:
            for signal in TAKEN_BEFORE_STATUSES:
                if signal in signals:
                    return self._taken(signal)
        if self._statuses:
            return self._oldest()
        return self._taken(Signal.HEARTBEAT) if signals else None

    def _oldest(self) -> D:
        """Take the oldest status of the job whose turn it is."""
        of = next(iter(self._statuses))
        kept = self._statuses.pop(of)
        status = kept.pop(0)
        if kept:
            self._statuses[of] = kept  # behind the others
        return status

    async def filled(self) -> None:
        """Wait until something comes into the empty inbox."""
        future = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not future.done():  # it is canceled with the task that waits for it
                future.set_result(None)

        self.when_filled(wake)
        try:
            await future
        finally:
            self._on_filled = None

    def when_filled(self, wake: Callable[[], object]) -> None:
        """Call `wake` once, when something comes into the empty inbox."""
        self._on_filled = wake

    def _taken(self, signal: Signal) -> Signal:
        assert self._signals is not None
        self._signals.discard(signal)
        if not self._signals:
            self._signals = None  # saves 200 bytes per reader: most have no signal
        return signal

    def _wake(self) -> None:
        wake, self._on_filled = self._on_filled, None
        if wake is not None:
            wake()

    def close(self) -> None:
        """The reader has left."""
        self.reader = self.fast_path = self._on_filled = None
