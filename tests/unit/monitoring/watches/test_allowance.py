"""The seconds that a person may report over all that they watch."""

from playhead.monitoring.watches.allowance import HELD_S, WINDOWS, Allowance
from tests.support.clock import Clock


def test_person_has_what_was_held_and_then_four_seconds_a_second() -> None:
    clock = Clock()
    allowance = Allowance(clock)
    assert [allowance.take("ada", 1e9), allowance.take("ada", 1.0), allowance.take("bob", 1.0)] == [HELD_S, 0.0, 1.0]
    clock.now += 10.0
    assert allowance.take("ada", 1e9) == 10 * WINDOWS
    clock.now += 1e6
    assert allowance.take("ada", 1e9) == HELD_S


def test_honest_person_with_four_windows_always_has_enough() -> None:
    clock = Clock()
    allowance = Allowance(clock)
    for _ in range(100):
        clock.now += 60.0
        assert [allowance.take("ada", 60.0) for _ in range(4)] == [60.0] * 4


def test_people_are_bounded_and_who_took_last_stays() -> None:
    clock = Clock()
    allowance = Allowance(clock, people_max=10)
    allowance.take("ada", HELD_S)
    for number in range(1_000):
        allowance.take(f"{number}", 1.0)
        assert allowance.take("ada", 1.0) == 0.0
