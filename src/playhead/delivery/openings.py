"""Tells those who would wait for long until their stream is opened when to come.

Openings are not made to wait for each other: those in progress share reads, and take turns in `serve` and in loaders.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

BUSY = 64
"""Openings in progress from which on the process is busy, and their rate is its own, not that of those who come."""
LINE_S = 2.0
"""The longest wait. `Retry-After` has whole seconds, and a client may add one at random: with a shorter one
the process would have nothing to do before the first come back."""
FIRST_RATE = 3000.0
"""Openings a second until they are measured: of a core of an EPYC. Where it is too many, the first wait is longer."""
SLOWEST_RATE = 500.0
"""Openings a second that are counted on at least. Of a rate that seems lower, two seconds' worth would hardly be more
than one measurement takes, `MEASURED` beyond `BUSY`: no later one would be made, and the rate would stay for ever."""
MEASURED = 500
"""Openings of one measurement, a sixth of a second by the first rate: bursts, as of those that shared a read, even
out. Half a read of a loader, so that a storm of 1,000 is measured, too."""
LONGEST_S = 15.0
"""The longest wait for a slot, a stream's heartbeat: polls of this login are refused meanwhile, too. With the slowest
rate 7,500 come in it; those beyond share the last slots."""
LATE_S = 5.0
"""How long slots are kept behind the last one: a client may add a second at random, and its own backoff."""
SLOTS = 10
"""Slots of one login: as many as the streams that a person may have by default."""


class Openings:
    """The openings of one process: those in progress, and the slots behind them.

    A refused reader is told the time of a slot of its own, so that all do not come back in one second, and is let in
    then. Asking before only takes another slot, at the end. Who comes later is let in, too, until the storm is over.

    Args:
        clock: in seconds.
        busy: openings in progress from which on somebody may be refused.
        line_s: the longest wait in seconds.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, busy: int = BUSY, line_s: float = LINE_S
    ) -> None:
        self._clock, self._busy, self._line_s = clock, busy, line_s
        self.in_progress = 0
        self._rate = FIRST_RATE
        self._finished, self._measured_at = 0, 0.0
        """Streams that were opened since this time, all while the process was busy."""
        self._slots: dict[Hashable, deque[float]] = {}
        """The times of refused readers, by the digest of their login. Of a login without one there is nothing."""
        self._next_slot_at = 0.0

    @property
    def is_calm(self) -> bool:
        """Whether nobody is refused: few open, and nobody waits for a slot."""
        return self.in_progress < self._busy and self._next_slot_at <= self._clock()

    def retry_after_s(self, login: Hashable) -> int | None:
        """Whole seconds until this login is to ask for a stream again; None: it may open one now."""
        now = self._clock()
        self._forget_slots(now)
        slots = self._slots.get(login)
        if slots and slots[0] <= now + self._line_s:
            slots.popleft()
            if not slots:
                del self._slots[login]
            return None
        wait_s = max(self._next_slot_at - now, self.in_progress / self._rate)
        if wait_s < self._line_s:
            return None
        wait_s = min(wait_s, LONGEST_S)
        slots = self._slots.setdefault(login, deque())
        if len(slots) < SLOTS:
            slots.append(now + wait_s)
            self._next_slot_at = now + wait_s + 1 / self._rate
        return _seconds(wait_s)

    def wait_for_slot_s(self, login: Hashable) -> int | None:
        """Whole seconds until the last slot of this login, if it has one that is not yet due."""
        slots, now = self._slots.get(login), self._clock()
        return _seconds(slots[-1] - now) if slots and slots[-1] > now + self._line_s else None

    @contextmanager
    def opening(self) -> Iterator[None]:
        """The block is one opening."""
        self._forget_slots(self._clock())
        self.in_progress += 1
        if self.in_progress == self._busy:
            self._finished, self._measured_at = 0, self._clock()
        try:
            yield
        finally:
            self.in_progress -= 1

    def opened(self) -> None:
        """One of those in progress is open. One that fails, or is left to the app, says nothing of the rate."""
        self._finished += 1
        if self.in_progress > self._busy and self._finished >= MEASURED:
            self._measure()

    def _measure(self) -> None:
        now = self._clock()
        measured = self._finished / max(now - self._measured_at, 1e-3)
        self._rate = max((self._rate + measured) / 2, SLOWEST_RATE)  # half: a pause of the process is no slower rate
        self._finished, self._measured_at = 0, now

    def _forget_slots(self, now: float) -> None:
        """Drop the slots of a storm that is over."""
        if self._slots and self._next_slot_at + LATE_S <= now:
            self._slots.clear()


def _seconds(wait_s: float) -> int:
    """What a reader is told: it comes before its slot, never after, and waits for the rest."""
    return max(1, math.floor(wait_s) - 1)
