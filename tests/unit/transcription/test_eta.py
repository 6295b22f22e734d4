"""Speed and time left, estimated from measured stretches of audio."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.transcription.eta import (
    DETECTION_S,
    MARGIN_MAX,
    OVERHEAD_S,
    PRIOR_MARGIN,
    WINDOW_S,
    WINDOWS_KEPT,
    EtaEstimator,
)


def paced(*stretches: tuple[float, float], past_speed: float | None = None) -> EtaEstimator:
    estimator = EtaEstimator(past_speed)
    for audio_s, wall_s in stretches:
        estimator.note(audio_s, wall_s)
    return estimator


def test_no_estimate_before_a_measurement() -> None:
    assert EtaEstimator().speed is None
    assert EtaEstimator().eta(60) is None
    assert EtaEstimator(0.0).eta(60) is None


def test_past_speed_is_used_until_something_is_measured() -> None:
    estimator = EtaEstimator(past_speed=6.0)
    assert estimator.speed is None
    assert estimator.eta(60) == (10.0, (round(10 * (1 - PRIOR_MARGIN), 1), round(10 * (1 + PRIOR_MARGIN), 1)))
    estimator.note(6, 6)
    assert estimator.speed == pytest.approx(3.06, abs=0.01)
    assert estimator.eta(60) == (10.0, (5.0, 15.0)), "it goes on, and is less sure: the warm-up was slow"
    estimator.note(WINDOW_S, WINDOW_S / 3)
    assert estimator.speed == 3.0
    estimate = estimator.eta(60)
    assert estimate is not None
    assert estimate[0] == 20.0


def test_warm_up_at_past_speed_keeps_its_range() -> None:
    estimator = EtaEstimator(past_speed=6.0)
    before = estimator.eta(60)
    estimator.note(6, 26 / (WINDOW_S + OVERHEAD_S) * WINDOW_S / 6)
    assert estimator.speed == pytest.approx(6.0)
    assert estimator.eta(60) == before


def test_warm_up_counts_only_until_the_next_stretch() -> None:
    estimator = paced((10, 100))
    assert estimator.speed is not None
    assert estimator.speed < 1
    estimator.note(30, 5)
    assert estimator.speed == 6.0


def test_short_first_windows_do_not_skew_the_estimate() -> None:
    """The encoder takes as long for 6 s as for 26 s; with the language detection, as long as for a whole window."""
    cost = 0.1
    opening = paced((6, cost * (6 + OVERHEAD_S + DETECTION_S)))
    steady = paced((6, 9), (WINDOW_S, cost * (WINDOW_S + OVERHEAD_S)))
    assert opening.speed == pytest.approx(steady.speed)
    assert (opening.eta(100) or [0])[0] == (steady.eta(100) or [1])[0]


def test_speed_is_weighted_by_audio_not_by_stretches() -> None:
    assert paced((1, 1), (30, 10), (10, 10)).speed == 2.0


def test_old_stretches_are_forgotten() -> None:
    assert paced((1, 1), *[(10, 10)] * 50, *[(10, 1)] * WINDOWS_KEPT).speed == 10.0


def test_range_narrows_with_data_and_widens_with_variance() -> None:
    def width(*stretches: tuple[float, float]) -> float:
        estimate = paced((1, 1), *stretches).eta(100)
        assert estimate is not None
        eta_s, (low, high) = estimate
        return (high - low) / eta_s

    steady, few, uneven = width(*[(10, 1)] * 8), width((10, 1)), width(*[(10, 0.5), (10, 1.5)] * 4)
    assert steady < few
    assert steady < uneven


@pytest.mark.parametrize("stretch", [(0.0, 1.0), (1.0, 0.0), (-1.0, 1.0), (1.0, -1.0)])
def test_impossible_stretches_are_ignored(stretch: tuple[float, float]) -> None:
    assert paced(stretch).speed is None


def test_eta_of_nothing_left_is_zero() -> None:
    assert paced((10, 1)).eta(0) == paced((10, 1)).eta(-3) == (0.0, (0.0, 0.0))


SECONDS = st.floats(0.01, 1e5)


@given(st.lists(st.tuples(SECONDS, SECONDS), max_size=40), st.floats(-10, 1e6), st.none() | st.floats(0.01, 1e3))
def test_eta_is_never_negative_and_in_its_range(
    stretches: list[tuple[float, float]], left_s: float, past_speed: float | None
) -> None:
    estimator = paced(*stretches, past_speed=past_speed)
    estimate = estimator.eta(left_s)
    assert (estimate is None) is (not stretches and past_speed is None)
    if estimate is None:
        return
    eta_s, (low, high) = estimate
    assert 0 <= low <= eta_s <= high < math.inf
    assert high <= eta_s * (1 + MARGIN_MAX) + 0.2
    if len(stretches) > 1:
        assert estimator.speed is not None
        rates = [audio / wall for audio, wall in stretches[1:]]
        assert min(rates[-WINDOWS_KEPT:]) * 0.999 <= estimator.speed <= max(rates[-WINDOWS_KEPT:]) * 1.001
