"""Makes a far speaker as loud as a near one, where nobody else speaks. Pure."""

import numpy as np

from playhead.transcription.mixer import SAMPLE_RATE, Samples
from playhead.transcription.voices import LEAST_DB, QUIET_DB, TARGET_DB

STEP = SAMPLE_RATE // 10
"""Samples of a measurement: a syllable."""
AROUND = 15
"""1.5 s: what is as near as that to something loud stays as it is, and so do the pauses of a near speaker."""


def level(samples: Samples) -> Samples:
    """Raises what is too quiet for the voice detector, and returns all else as it is."""
    whole = samples[: samples.size // STEP * STEP]
    squares = np.square(whole, dtype=np.float64).reshape(-1, STEP).mean(axis=1)
    if not squares.size:
        return samples
    decibels = np.pad(10 * np.log10(np.maximum(squares, 1e-13)), AROUND, mode="edge")
    loudest = np.lib.stride_tricks.sliding_window_view(decibels, 2 * AROUND + 1).max(axis=1)
    gains = np.where((loudest >= LEAST_DB) & (loudest < QUIET_DB), TARGET_DB - loudest, 0.0)
    if not gains.any():
        return samples
    at = np.arange(samples.size)
    return (samples * 10 ** (np.interp(at, (np.arange(gains.size) + 0.5) * STEP, gains) / 20)).astype(np.float32)
