"""Corrects when a word begins: the model gives a pause to the word that follows it. Pure."""

import numpy as np

from playhead.transcription.mixer import SAMPLE_RATE, Samples

STEP_S = 0.02
"""Resolution, that of the model's own times."""
PAUSE_STEPS = 10
"""0.2 s, longer than the closure of a plosive: a word goes on after shorter silence."""
QUIETER = 0.1
"""Share of the word's loudest step below which a step is silence: -20 dB. In noise as loud nothing is corrected."""


def begin(samples: Samples, start_s: float, end_s: float) -> float:
    """Where a word begins, after the last pause within its times; both count from the first of the samples."""
    step = round(STEP_S * SAMPLE_RATE)
    first = max(0, round(start_s / STEP_S))
    word = samples[first * step : round(end_s / STEP_S) * step]
    levels = np.sqrt(np.square(word[: word.size // step * step]).reshape(-1, step).mean(axis=1))
    loud = np.flatnonzero(levels > QUIETER * levels.max(initial=0.0))
    pauses = np.diff(loud, prepend=-1) > PAUSE_STEPS
    return start_s if not pauses.any() else (first + int(loud[pauses][-1])) * STEP_S
