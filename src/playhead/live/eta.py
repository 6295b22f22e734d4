"""Estimates the time left of a job from its progress."""

import math
from collections.abc import Callable
from time import monotonic

WARM_UP_S = 2.0
"""Seconds before the first estimate: what happens in the first moments, such as opening files, says little."""
SMOOTHING_S = 10.0
"""Seconds in which an estimate takes over two thirds of a change; between two it counts down by itself."""


class Eta:
    """Estimates from the mean speed since progress began, or began again: a stage may count from 0.

    Args:
        clock: in seconds, never set back.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._began = (clock(), 0.0)
        """The time and progress from which the speed is measured."""
        self._progress = 0.0
        self._last: tuple[float, float] | None = None
        """The time and value of the last estimate."""

    def note(self, progress: float | None) -> float | None:
        """Take a progress from 0 to 1 into account; returns the seconds left, None while they cannot be estimated."""
        at = self._clock()
        if progress is None:
            return None
        if progress < self._progress:
            self._began, self._progress, self._last = (at, progress), progress, None
            return None
        self._progress = progress
        elapsed_s, done = at - self._began[0], progress - self._began[1]
        if elapsed_s < WARM_UP_S or done <= 0:
            return None
        left_s = elapsed_s * (1 - progress) / done
        if self._last is not None and progress < 1:
            since_s = at - self._last[0]
            counted_down = max(0.0, self._last[1] - since_s)
            left_s += (counted_down - left_s) * math.exp(-since_s / SMOOTHING_S)
        self._last = (at, left_s)
        return round(left_s, 1)
