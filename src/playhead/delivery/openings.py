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
MEASURED = 500
"""Openings of one measurement: as many as share a read, so that their bursts do not show."""
SLOTS = 10
"""Slots of one login: as many as the streams that a person may have by default."""


class Openings:
    """The openings of one process: those in progress, and the slots behind them.

    A refused reader is told the time of a slot of its own, so that all do not come back in one second, and is let in
    then. Asking before only takes another slot, at the end.

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
        """Openings since this time, all while the process was busy."""
        self._slots: dict[Hashable, deque[float]] = {}
        """The times of refused readers, by their login."""
        self._next_slot_at = 0.0

    @property
    def is_calm(self) -> bool:
        """Whether nobody is refused: few open, and nobody waits for a slot."""
        return self.in_progress < self._busy and self._next_slot_at <= self._clock()

    def retry_after_s(self, login: Hashable) -> int | None:
        """Whole seconds until this login is to ask for a stream again; None: it may open one now."""
        now = self._clock()
        slots = self._slots.get(login)
        if slots and slots[0] <= now + self._line_s:
            slots.popleft()
            return None
        wait_s = max(self._next_slot_at - now, self.in_progress / self._rate)
        if wait_s < self._line_s:
            return None
        if self._next_slot_at <= now:
            self._slots.clear()  # of the last storm
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
        self.in_progress += 1
        if self.in_progress == self._busy:
            self._finished, self._measured_at = 0, self._clock()
        try:
            yield
        finally:
            self.in_progress -= 1
            self._finished += 1
            if self.in_progress >= self._busy and self._finished >= MEASURED:
                self._measure()

    def _measure(self) -> None:
        now = self._clock()
        measured = self._finished / max(now - self._measured_at, 1e-3)
        self._rate = (self._rate + measured) / 2  # half: a pause of the process is no slower rate
        self._finished, self._measured_at = 0, now


def _seconds(wait_s: float) -> int:
    """What a reader is told: it comes before its slot, never after, and waits for the rest."""
    return max(1, math.floor(wait_s) - 1)
