"""The time left: nothing at first, then from the mean speed, without jumps."""

import pytest

from playhead.live.eta import SMOOTHING_S, WARM_UP_S, Eta
from tests.unit.live.jobs import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def eta(clock: Clock) -> Eta:
    return Eta(clock)


def test_first_moments_give_no_estimate(eta: Eta, clock: Clock) -> None:
    clock.now += WARM_UP_S - 0.1
    assert eta.note(0.5) is None
    clock.now += 0.1
    assert eta.note(0.5) == WARM_UP_S


def test_no_progress_gives_no_estimate(eta: Eta, clock: Clock) -> None:
    clock.now += 60
    assert eta.note(None) is None
    clock.now += 60
    assert eta.note(0) is None


def test_steady_progress_counts_down(eta: Eta, clock: Clock) -> None:
    estimates = []
    for percent in range(10, 101, 10):
        clock.now += 10
        estimates.append(eta.note(percent / 100))
    assert estimates == [90, 80, 70, 60, 50, 40, 30, 20, 10, 0]


def test_speed_that_changes_moves_the_estimate_little_by_little(eta: Eta, clock: Clock) -> None:
    for percent in range(1, 51):
        clock.now += 1
        before = eta.note(percent / 100)
    assert before == 50
    clock.now += 1
    after = eta.note(0.8)  # a jump: 13 s by the mean speed
    assert after is not None
    assert 40 < after < 50
    clock.now += 5 * SMOOTHING_S
    late = eta.note(0.9)
    assert late is not None
    assert abs(late - 101 * 0.1 / 0.9) < 0.5


def test_estimate_is_never_negative(eta: Eta, clock: Clock) -> None:
    clock.now += 10
    eta.note(0.9)
    clock.now += 600
    late = eta.note(0.91)
    assert late is not None
    assert late >= 0


def test_progress_that_begins_again_is_measured_anew(eta: Eta, clock: Clock) -> None:
    clock.now += 100
    assert eta.note(1.0) == 0
    assert eta.note(0.2) is None
    clock.now += 10
    assert eta.note(0.6) == 10


def test_progress_that_is_unknown_for_a_while_goes_on_where_it_was(eta: Eta, clock: Clock) -> None:
    clock.now += 10
    assert eta.note(0.1) == 90
    clock.now += 10
    assert eta.note(None) is None
    clock.now += 10
    assert eta.note(0.3) == 70
