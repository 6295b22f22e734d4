"""Those who would wait for long until their stream is opened are told a time of their own."""

import weakref
from collections.abc import Hashable
from contextlib import ExitStack

import pytest

from playhead.delivery.openings import (
    BUSY,
    FIRST_RATE,
    LATE_S,
    LINE_S,
    LONGEST_S,
    MEASURED,
    SLOTS,
    SLOWEST_RATE,
    Openings,
)

FULL = int(FIRST_RATE * LINE_S)
"""Openings in progress from which on others are refused at first."""
SECOND = int(FIRST_RATE)
"""Slots in a second."""


class Login:
    """The digest of a login, whose references can be weak."""


class World:
    """Openings that go on until they are told to end, and a clock that stands still."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.openings = Openings(lambda: self.now)
        self.in_progress: list[ExitStack] = []

    def open(self, count: int = FULL) -> None:
        for _ in range(count):
            self.in_progress.append(ExitStack())
            self.in_progress[-1].enter_context(self.openings.opening())

    def end(self, count: int) -> None:
        """So many are opened."""
        for _ in range(count):
            self.openings.opened()
            self.fail(1)

    def fail(self, count: int) -> None:
        for _ in range(count):
            self.in_progress.pop().close()

    def slow_down(self) -> None:
        """One opens in a second, for so long that the rate falls no further."""
        self.open()
        for _ in range(10):
            self.now += MEASURED
            self.end(MEASURED)
            self.open(MEASURED)
        self.fail(FULL)
        self.now += 60

    def refused(self, *logins: Hashable) -> list[int | None]:
        return [self.openings.retry_after_s(login) for login in logins]


@pytest.fixture
def world() -> World:
    return World()


def test_few_openings_are_calm_and_one_more_is_let_in(world: World) -> None:
    world.open(BUSY - 1)
    assert world.openings.is_calm
    world.open(FULL - BUSY)
    assert not world.openings.is_calm
    assert world.refused("a") == [None]


def test_refused_readers_have_a_second_of_their_own(world: World) -> None:
    world.open()
    told = world.refused(*range(3 * SECOND))
    assert [told.count(second) for second in (1, 2, 3)] == [pytest.approx(SECOND, abs=2)] * 3


def test_who_comes_at_their_time_is_let_in_once(world: World) -> None:
    world.open()
    *_, told = world.refused(*range(5 * SECOND // 2), "last")
    world.now += told or 0
    assert world.refused("last", "last") == [None, 1]


def test_who_comes_too_early_has_gained_nothing(world: World) -> None:
    world.open()
    first, *_, patient = world.refused("eager", *range(7 * SECOND // 2), "patient")
    assert (first, patient) == (1, 4)
    assert set(world.refused(*["hasty"] * 100, "another")) == {4}
    world.now += 4
    assert world.refused("patient", "another") == [None, None]
    assert world.refused(*["hasty"] * SLOTS) == [None] * SLOTS
    assert world.refused("hasty") == [1]


def test_slots_of_one_login_push_others_back_by_ten_at_most(world: World) -> None:
    world.open()
    world.refused(*["greedy"] * 10 * SECOND)
    assert world.refused("another") == [1]


def test_poll_is_told_the_slot_of_its_login_until_it_is_due(world: World) -> None:
    world.open()
    *_, told = world.refused(*range(5 * SECOND // 2), "last")
    assert told == 3
    assert world.openings.wait_for_slot_s("another") is None
    assert world.openings.wait_for_slot_s("last") == 3
    world.now += 3
    assert world.openings.wait_for_slot_s("last") is None


def test_who_is_new_does_not_overtake_those_with_slots(world: World) -> None:
    world.open()
    world.refused(*range(11 * SECOND // 2))
    world.end(FULL)
    assert not world.openings.is_calm
    assert world.refused("new") == [6]
    world.now += 10
    assert world.openings.is_calm


def test_slots_of_the_last_storm_are_forgotten(world: World) -> None:
    world.open()
    world.refused("gone")
    world.now += 60
    assert world.refused("a", "gone") == [1, 1]


@pytest.mark.parametrize(("late_s", "is_let_in"), [(LATE_S - 0.1, True), (LATE_S + 0.1, False)])
def test_who_comes_some_seconds_late_keeps_their_slot(world: World, late_s: float, is_let_in: bool) -> None:
    world.open()
    world.refused("late")
    world.now += LINE_S + late_s
    world.open(1)
    assert world.refused("other", "late") == [1, None if is_let_in else 1]


def test_nobody_waits_for_longer_than_the_longest(world: World) -> None:
    world.slow_down()
    world.open()
    told = world.refused(*range(2 * int(SLOWEST_RATE * LONGEST_S)), "last")
    assert told == sorted(told, key=lambda wait_s: wait_s or 0)
    assert told[-1] == LONGEST_S - 1
    world.now += LONGEST_S - 1
    assert world.refused("last") == [None]


def test_slots_that_were_used_leave_nothing(world: World) -> None:
    world.open()
    logins = [Login() for _ in range(10)]
    world.refused(*logins)
    kept = [weakref.ref(login) for login in logins]
    del logins
    world.now += 1
    world.refused(*(login() for login in kept))
    assert [login() for login in kept] == [None] * 10


def test_slots_that_nobody_came_for_are_dropped_once_it_is_calm(world: World) -> None:
    world.open()
    login = Login()
    world.refused(login)
    kept = weakref.ref(login)
    del login
    world.fail(FULL)
    world.now += LINE_S + LATE_S + 0.1
    assert kept() is not None
    world.open(1)
    assert kept() is None


def test_rate_recovers_from_a_slow_spell(world: World) -> None:
    world.slow_down()
    for _ in range(5):
        come = 0
        while world.refused(object()) == [None]:
            world.open(1)
            come += 1
        for _ in range(come - BUSY):
            world.now += 1 / FIRST_RATE
            world.end(1)
        world.fail(BUSY)
        world.now += 60
    world.open(FULL // 2)
    assert world.refused("a") == [None]


def test_openings_that_failed_do_not_count_for_the_rate(world: World) -> None:
    world.open(FULL + 2 * MEASURED)
    world.fail(2 * MEASURED)  # in no time
    assert world.refused("a") == [1]
    world.end(1)
    assert world.refused("b") == [1]


def test_waits_follow_the_rate_at_which_openings_end(world: World) -> None:
    world.open()
    world.now += MEASURED / (FIRST_RATE / 4)  # four times as slow
    world.end(MEASURED)
    rate = int(FIRST_RATE * 5 / 8)  # the mean of both
    assert world.refused("a") == [1]  # 5,500 are in progress: 2.9 s
    world.refused(*range(rate))
    assert world.refused("b") == [2]


def test_rate_of_a_process_that_is_not_busy_does_not_count(world: World) -> None:
    world.open(BUSY)
    for _ in range(3 * MEASURED):
        world.now += 1
        world.end(1)
        world.open(1)
    world.open(FULL - BUSY)
    world.end(1)
    assert world.refused("a") == [None]
