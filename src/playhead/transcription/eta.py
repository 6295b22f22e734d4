"""Estimates the time left of a transcription from its speed so far, with a range."""

import math
from collections import deque

WINDOWS_KEPT = 12
"""About five minutes of audio: long enough to be steady, short enough to notice a machine that slows down."""
WINDOW_S = 24.0
"""A usual window: `windows.cut` ends it in the last third of 28 s."""
OVERHEAD_S = 10.0
"""Fixed cost of a window, in seconds of audio: the encoder always processes 30 s. Measured with base on two cores: 12 s
of audio take 2 s, 26 s take 3 s. So the short windows at the start predict little of the speed of the others."""
DETECTION_S = 10.0
"""Fixed cost of the first window on top of that: the encoder runs once more, to detect the language."""
MARGIN = 0.06
"""Variation of a steady machine, as a share of the time left."""
MARGIN_MAX = 0.5
"""A wider range would be of no use."""
PRIOR_MARGIN = 0.4
"""Variation between files on one machine: density of speech and length of windows differ. If the first window is beyond
it, the range is the widest: cold caches explain a slow first window, and so does a machine that has become slow."""
PRIOR_DEVIATION, PRIOR_WEIGHT = 0.25, 2
"""Assumed deviation between windows, and its weight in windows, until enough were measured."""


class EtaEstimator:
    """Estimates from measured stretches of audio. Audio and wall time are in seconds.

    The first stretch warms up caches and threads, so it counts only until there is another.
    """

    def __init__(self, past_speed: float | None = None) -> None:
        self._past_speed = past_speed
        self._warm_up: tuple[float, float] | None = None
        self._stretches: deque[tuple[float, float]] = deque(maxlen=WINDOWS_KEPT)

    def note(self, audio_s: float, wall_s: float) -> None:
        """Adds a measurement: `audio_s` seconds of audio took `wall_s` seconds."""
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
        """Estimates the wall seconds for `left_s` seconds of audio, with a range; None while nothing was measured."""
        rate = self._rate()
        if rate is None:
            return None
        windows = max(0.0, left_s) / WINDOW_S
        eta_s = rate * windows * (WINDOW_S + OVERHEAD_S)
        margin = self._margin(max(1.0, windows))
        return round(eta_s, 1), (round(eta_s * (1 - margin), 1), round(eta_s * (1 + margin), 1))

    def _rate(self) -> float | None:
        """Wall seconds for each second of audio, fixed costs included."""
        if self._stretches:
            return sum(wall for _, wall in self._stretches) / sum(audio + OVERHEAD_S for audio, _ in self._stretches)
        speed = self._past_speed or self.speed  # the first window alone predicts less than past sessions do
        return WINDOW_S / (WINDOW_S + OVERHEAD_S) / speed if speed else None

    def _margin(self, windows_left: float) -> float:
        count = len(self._stretches)
        if not count:
            return PRIOR_MARGIN if self._past_speed and not self._contradicts(self._past_speed) else MARGIN_MAX
        rates = [wall / (audio + OVERHEAD_S) for audio, wall in self._stretches]
        mean = sum(rates) / count
        spread = sum((rate / mean - 1) ** 2 for rate in rates) + PRIOR_WEIGHT * PRIOR_DEVIATION**2
        deviation = math.sqrt(spread / (count + PRIOR_WEIGHT - 1))
        # Twice the standard error of the means of past and future windows: 19 in 20, if both have one distribution.
        return min(MARGIN_MAX, MARGIN + 2 * deviation * math.sqrt(1 / count + 1 / windows_left))

    def _contradicts(self, past_speed: float) -> bool:
        """Whether the first window is far from the speed of past sessions."""
        return self.speed is not None and abs(past_speed / self.speed - 1) > PRIOR_MARGIN


def _speed_at(rate: float) -> float:
    """The speed of usual windows at this rate."""
    return WINDOW_S / (WINDOW_S + OVERHEAD_S) / rate
