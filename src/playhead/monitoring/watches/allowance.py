"""The seconds that a person may report, over all that they watch: who lies about many sessions is still one person."""

from collections.abc import Callable

WINDOWS = 4.0
"""Seconds in a second: as many windows as fit side by side, each visible."""
HELD_S = 600.0
"""Seconds that are held for later: of a report that could not be sent for two minutes."""
PEOPLE_MAX = 50_000
"""People of whom it is held, about 8 MB. Of more, those who reported first are forgotten: they may begin again."""


class Allowance:
    """Belongs to one event loop. `clock`: in seconds."""

    def __init__(self, clock: Callable[[], float], people_max: int = PEOPLE_MAX) -> None:
        self._clock = clock
        self._people_max = people_max
        self._left: dict[str, tuple[float, float]] = {}
        """What each has left, and as of when; who took last comes last."""

    def take(self, person: str, seconds: float) -> float:
        """Take seconds of a person's; returns how many they may have."""
        now = self._clock()
        left_s, at = self._left.pop(person, (HELD_S, now))
        left_s = min(HELD_S, left_s + (now - at) * WINDOWS)
        taken_s = min(seconds, left_s)
        if len(self._left) >= self._people_max:
            del self._left[next(iter(self._left))]
        self._left[person] = left_s - taken_s, now
        return taken_s
