"""How fast it goes, and so how long it will take: speed, time left, and how sure that is."""

import math
from collections import deque

WINDOWS_KEPT = 12
"""About five minutes of audio: long enough to be steady, short enough to notice a machine that slows down."""
MARGIN = 0.06
"""What even a steady machine varies by, as a share of the time left."""
MARGIN_MAX = 0.45
PRIOR_MARGIN = 0.35
"""Another file on the same machine: speech density and length of windows differ."""


class Pace:
    """Fed with stretches of audio that took so long; audio and wall time in seconds.

    The first stretch warms up caches and threads, so it counts only until there is another.
    """

    def __init__(self, past_speed: float | None = None) -> None:
        self._past_speed = past_speed
        self._warm_up: tuple[float, float] | None = None
        self._stretches: deque[tuple[float, float]] = deque(maxlen=WINDOWS_KEPT)

    def note(self, audio_s: float, wall_s: float) -> None:
        if audio_s <= 0 or wall_s <= 0:
            return
        if self._warm_up is None:
            self._warm_up = (audio_s, wall_s)
        else:
            self._stretches.append((audio_s, wall_s))

    @property
    def speed(self) -> float | None:
        """Audio seconds per wall second of this attempt; None until something was measured."""
        measured = self._stretches or ([self._warm_up] if self._warm_up else [])
        if not measured:
            return None
        return sum(audio for audio, _ in measured) / sum(wall for _, wall in measured)

    def eta(self, left_s: float) -> tuple[float, tuple[float, float]] | None:
        """Wall seconds for `left_s` seconds of audio, and the range they will fall in; None while unknown."""
        speed = self.speed or self._past_speed
        if not speed:
            return None
        eta_s, margin = max(0.0, left_s) / speed, self._margin()
        return round(eta_s, 1), (round(eta_s * (1 - margin), 1), round(eta_s * (1 + margin), 1))

    def _margin(self) -> float:
        if len(self._stretches) < 2:
            return PRIOR_MARGIN
        rates = [wall / audio for audio, wall in self._stretches]
        mean = sum(rates) / len(rates)
        deviation = math.sqrt(sum((rate - mean) ** 2 for rate in rates) / (len(rates) - 1))
        # Twice the standard error of the mean: about 19 in 20 of what follows, if it is like what was.
        return min(MARGIN_MAX, MARGIN + 2 * deviation / mean / math.sqrt(len(rates)))
