"""Windows: they tile the sound exactly, within their limits, are cut in pauses, and are the same from any cut."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from playhead.transcription import windows
from playhead.transcription.mixer import SAMPLE_RATE, Samples
from playhead.transcription.windows import cut

LIMITS = [8 * SAMPLE_RATE, 16 * SAMPLE_RATE, 28 * SAMPLE_RATE]
"""Limits of the first window, the second, and all others."""


def _sound(seed: int, size: int) -> Samples:
    """Noise whose loudness changes every half second; some stretches are silent, many are equal."""
    random = np.random.default_rng(seed)
    levels = random.choice([0.0, 0.0, 0.1, 0.5], size // 8_000 + 1)
    loudness = np.repeat(levels, 8_000)[:size]
    return np.asarray(random.uniform(-1, 1, (2, size)) * loudness, np.float32)


def _blocks(sound: Samples, sizes: list[int]) -> list[Samples]:
    ends = itertools.accumulate(itertools.cycle(sizes))
    cuts = list(itertools.takewhile(lambda end: end < sound.shape[1], ends))
    return np.split(sound, cuts, axis=1)


sounds = st.builds(_sound, st.integers(0, 1000), st.integers(1, 120 * SAMPLE_RATE))
sizes = st.lists(st.integers(1_000, 40 * SAMPLE_RATE), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(sound=sounds, sizes=sizes)
def test_windows_tile_the_sound_within_their_limits(sound: Samples, sizes: list[int]) -> None:
    made = list(cut(_blocks(sound, sizes)))
    assert np.array_equal(np.concatenate([window.samples for window in made], axis=1), sound)
    assert made[0].begin == 0
    assert made[-1].end_s == sound.shape[1] / SAMPLE_RATE
    limits = [*LIMITS[: len(made)], *LIMITS[-1:] * (len(made) - len(LIMITS))]
    for (one, limit), (other, _) in itertools.pairwise(zip(made, limits, strict=True)):
        assert one.end_s == other.start_s
        assert (1 - windows.SEARCH) * limit <= one.samples.shape[1] <= limit
    assert 0 < made[-1].samples.shape[1] <= limits[-1]


@settings(max_examples=30, deadline=None)
@given(sound=sounds, sizes=sizes, again=sizes, data=st.data())
def test_windows_are_the_same_from_any_cut(
    sound: Samples, sizes: list[int], again: list[int], data: st.DataObject
) -> None:
    first = list(cut(_blocks(sound, sizes)))
    n = data.draw(st.integers(0, len(first) - 1))
    rest = sound[:, first[n].begin :]
    second = list(cut(_blocks(rest, again), first[n].start_s))
    assert [window.begin for window in second] == [window.begin for window in first[n:]]


def test_no_samples_give_no_windows() -> None:
    assert list(cut([])) == []


def test_cut_falls_in_the_pause() -> None:
    sound = np.ones((1, 20 * SAMPLE_RATE), np.float32)
    sound[:, round(6.4 * SAMPLE_RATE) : round(6.8 * SAMPLE_RATE)] = 0
    first = next(cut([sound]))
    assert 6.5 <= first.end_s <= 6.7


def test_window_without_a_pause_is_near_its_limit() -> None:
    first = next(cut([np.ones((1, 20 * SAMPLE_RATE), np.float32)]))
    assert first.end_s == 8 - windows.QUIET_S / 2


def test_all_voices_are_cut_where_they_are_quietest_together() -> None:
    sound = np.ones((2, 20 * SAMPLE_RATE), np.float32)
    sound[0, round(6.4 * SAMPLE_RATE) : round(7.4 * SAMPLE_RATE)] = 0
    sound[1, round(6.0 * SAMPLE_RATE) : round(6.8 * SAMPLE_RATE)] = 0
    first = next(cut([sound]))
    assert 6.5 <= first.end_s <= 6.7
    assert first.samples.shape == (2, round(first.end_s * SAMPLE_RATE))
