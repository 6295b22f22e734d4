"""Measures how loud a recording is, ten times a second, in a byte a measurement."""

import numpy as np
from numpy.typing import NDArray

from playhead.transcription.mixer import SAMPLE_RATE, Samples

Levels = NDArray[np.int8]
"""The root mean square of each tenth of a second, in dB of full scale. Twelve hours take 432 kB."""

STEP = SAMPLE_RATE // 10
"""Samples of a measurement: a syllable, and longer than the way of sound between two microphones."""
FLOOR = -128
"""dB; silence. The last bit of 24 is at -138."""
LOUD_STEPS = 10
"""A second: shorter sounds, such as clicks, do not count as how loud a recording is."""


class Meter:
    """Measures several sounds of the same length."""

    def __init__(self, sounds: int) -> None:
        self._sounds = sounds
        self._levels: list[Levels] = []
        self.peak = 0.0
        """The largest sample of any of the sounds."""

    def add(self, samples: Samples) -> None:
        """Measures the next samples of each sound. Only the last ones may end within a step."""
        missing = -samples.shape[1] % STEP
        whole = np.pad(samples, ((0, 0), (0, missing))) if missing else samples
        self.peak = max(self.peak, float(np.abs(whole).max(initial=0.0)))
        squares = np.square(whole, dtype=np.float64).reshape(self._sounds, -1, STEP).mean(axis=2)
        decibels = 10 * np.log10(np.maximum(squares, 1e-13))
        self._levels.append(np.clip(np.rint(decibels), FLOOR, 127).astype(np.int8))

    @property
    def levels(self) -> Levels:
        """A row for each sound."""
        return np.concatenate([np.zeros((self._sounds, 0), np.int8), *self._levels], axis=1)


def loudest(levels: Levels) -> int:
    """The level of the loudest second, in dB; of a short sound, that of its loudest quarter."""
    if not levels.size:
        return FLOOR
    steps = max(1, min(LOUD_STEPS, levels.size // 4))
    return int(np.partition(levels, levels.size - steps)[levels.size - steps])
