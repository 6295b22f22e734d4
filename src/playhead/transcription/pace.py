"""How fast it goes, and so how long it will take: speed, time left, and how sure that is."""

import math
from collections import deque

WINDOWS_KEPT = 12
"""About five minutes of audio: long enough to be steady, short enough to notice a machine that slows down."""
WINDOW_S = 24.0
"""A usual window: `windows.cut` ends it in the last third of 28 s."""
OVERHEAD_S = 10.0
"""What a window costs beside its sound, as seconds of sound: the encoder sees 30 s however short it is. Measured with
base on two cores: 12 s take 2 s, 26 s take 3 s. So the short windows of the opening say little of the others' speed."""
DETECTION_S = 10.0
"""The same of the first stretch: the encoder runs once more, to hear the language."""
MARGIN = 0.06
"""What even a steady machine varies by, as a share of the time left."""
MARGIN_MAX = 0.5
"""A wider range would tell nobody anything."""
PRIOR_MARGIN = 0.4
"""Another file on the same machine: speech density and length of windows differ. If the warm-up is beyond it, too, the
range is the widest: caches explain a slow one, and so does a machine that has become slow."""
PRIOR_DEVIATION, PRIOR_WEIGHT = 0.25, 2
"""How much one window differs from another, before enough were seen: worth two windows."""


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
        if self._stretches:
            return sum(audio for audio, _ in self._stretches) / sum(wall for _, wall in self._stretches)
        if self._warm_up is None:
            return None
        audio_s, wall_s = self._warm_up
        return _speed_at(wall_s / (audio_s + OVERHEAD_S + DETECTION_S))

    def eta(self, left_s: float) -> tuple[float, tuple[float, float]] | None:
        """Wall seconds for `left_s` seconds of audio, and the range they will fall in; None while unknown."""
        rate = self._rate()
        if rate is None:
            return None
        windows = max(0.0, left_s) / WINDOW_S
        eta_s = rate * windows * (WINDOW_S + OVERHEAD_S)
        margin = self._margin(max(1.0, windows))
        return round(eta_s, 1), (round(eta_s * (1 - margin), 1), round(eta_s * (1 + margin), 1))

    def _rate(self) -> float | None:
        """Wall seconds for a second of audio or what is worth one."""
        if self._stretches:
            return sum(wall for _, wall in self._stretches) / sum(audio + OVERHEAD_S for audio, _ in self._stretches)
        speed = self._past_speed or self.speed  # the warm-up is one short window: all the others knew more
        return WINDOW_S / (WINDOW_S + OVERHEAD_S) / speed if speed else None

    def _margin(self, windows_left: float) -> float:
        count = len(self._stretches)
        if not count:
            return PRIOR_MARGIN if self._past_speed and not self._contradicts(self._past_speed) else MARGIN_MAX
        rates = [wall / (audio + OVERHEAD_S) for audio, wall in self._stretches]
        mean = sum(rates) / count
        spread = sum((rate / mean - 1) ** 2 for rate in rates) + PRIOR_WEIGHT * PRIOR_DEVIATION**2
        deviation = math.sqrt(spread / (count + PRIOR_WEIGHT - 1))
        # Twice the standard error of the mean of what was and of what comes: 19 in 20, if the one is like the other.
        return min(MARGIN_MAX, MARGIN + 2 * deviation * math.sqrt(1 / count + 1 / windows_left))

    def _contradicts(self, past_speed: float) -> bool:
        """Whether the warm-up is far from what past sessions foretell."""
        return self.speed is not None and abs(past_speed / self.speed - 1) > PRIOR_MARGIN


def _speed_at(rate: float) -> float:
    """Of usual windows."""
    return WINDOW_S / (WINDOW_S + OVERHEAD_S) / rate
