"""A far speaker is made as loud as a near one; what is loud enough is not changed."""

import numpy as np
import pytest

from playhead.transcription.leveling import level
from playhead.transcription.mixer import SAMPLE_RATE
from tests.support.recordings import Sound, louder, noise, silence, speech_a


def decibels(sound: Sound) -> float:
    return 10 * float(np.log10(np.square(sound, dtype=np.float64).mean()))


def test_speech_that_is_loud_enough_is_not_changed() -> None:
    assert np.array_equal(level(speech_a()), speech_a())


@pytest.mark.parametrize("far_db", [-40, -60, -80])
def test_far_speaker_is_as_loud_as_a_near_one(far_db: float) -> None:
    sound = np.concatenate([noise(5, -20), noise(5, far_db)])
    found = level(sound)
    assert np.array_equal(found[: 5 * SAMPLE_RATE], sound[: 5 * SAMPLE_RATE])
    assert decibels(found[7 * SAMPLE_RATE :]) == pytest.approx(-18, abs=1)
    assert np.abs(found).max() <= 1


@pytest.mark.parametrize("sound", [silence(0), silence(0.05), silence(3), louder(noise(3, 0), -95)])
def test_silence_and_what_is_below_all_speech_stay(sound: Sound) -> None:
    assert np.array_equal(level(sound), sound)
