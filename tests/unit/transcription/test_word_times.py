"""A word begins after the last pause within the times that the model gave it."""

import numpy as np
import pytest

from playhead.transcription.engines.word_times import begin
from tests.support.recordings import Sound, louder, noise, silence


def sound(*parts: tuple[float, float]) -> Sound:
    """Noise of these lengths and levels, one after another."""
    return np.concatenate([silence(0.0), *(noise(seconds, decibels) for seconds, decibels in parts)])


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(1.0, -60), (0.4, -20)], 1.0),
        ([(0.1, -25), (0.7, -60), (0.3, -20), (0.3, -60)], 0.8),
        ([(0.3, -20), (0.1, -60), (0.4, -20)], 0.0),
        ([(0.5, -20), (0.5, -60)], 0.0),
        ([(1.0, -30), (0.4, -20)], 0.0),
    ],
    ids=["pause", "end of the word before", "closure", "pause after it", "loud noise"],
)
def test_word_begins_after_a_pause(parts: list[tuple[float, float]], expected: float) -> None:
    before = sound((1.0, -20))
    spoken = np.concatenate([before, sound(*parts)])
    assert begin(spoken, 1.0, spoken.size / 16_000) == pytest.approx(1.0 + expected, abs=0.021)


@pytest.mark.parametrize("length_s", [0.0, 0.01, 0.5])
def test_word_of_silence_begins_where_the_model_says(length_s: float) -> None:
    assert begin(louder(silence(1.0), 0), 0.3, 0.3 + length_s) == 0.3
