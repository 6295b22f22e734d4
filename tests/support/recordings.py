"""Makes recordings as people have them of the project's own speech: calls, several tracks, quiet and loud ones."""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playhead.transcription.mixer import SAMPLE_RATE
from tests.support import media
from tests.support.speech import JFK, SENSE_AND_SENSIBILITY, text_of, words

Sound = NDArray[np.float32]

B_S = 12
"""Seconds of the second speech that are used."""
A_WORDS = words(text_of(JFK)).split()
B_WORDS = words(text_of(SENSE_AND_SENSIBILITY)).split()
"""The words of all 25 s; `B_S` seconds hold about half of them."""


@cache
def speech_a() -> Sound:
    return media.samples_of(JFK)


@cache
def speech_b() -> Sound:
    return media.samples_of(SENSE_AND_SENSIBILITY)[: B_S * SAMPLE_RATE]


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def noise(seconds: float, decibels: float) -> Sound:
    """White noise of this level."""
    random = np.random.default_rng(1).normal(0, 1, round(seconds * SAMPLE_RATE))
    return louder(random.astype(np.float32), decibels)


def louder(sound: Sound, decibels: float) -> Sound:
    return (sound * 10 ** (decibels / 20)).astype(np.float32)


def side_by_side(*channels: Sound) -> Sound:
    """Sounds as channels, of the length of the longest: shape (samples, channels)."""
    size = max(channel.size for channel in channels)
    return np.stack([np.pad(channel, (0, size - channel.size)) for channel in channels], axis=1)


def call(quieter_db: float = 0.0, apart_s: float = 12.0) -> Sound:
    """A call: A on the left from 0 s on, B on the right from `apart_s` on, so many dB louder."""
    other = louder(speech_b(), quieter_db)
    return side_by_side(speech_a(), np.concatenate([silence(apart_s), other]))


def wav(path: Path, sound: Sound, bits: int = 16) -> Path:
    """Writes a WAV of 16 or 24 bits, or of floats (32)."""
    rows = sound if sound.ndim == 2 else sound[:, None]
    if bits == 32:
        return media.wav(path, rows)
    whole = np.clip(np.round(rows * 2.0 ** (bits - 1)), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if bits == 16:
        return media.wav(path, whole.astype("<i2"))
    return media.wav(path, (whole * 256).astype("<i4"))
