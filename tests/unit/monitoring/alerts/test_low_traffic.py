"""Weeks of few people call nobody, although one of them has bad luck each week; an outage does, in time."""

import random
from bisect import bisect_left, bisect_right

import pytest

from playhead.metrics.catalog import EFFECTS
from playhead.monitoring.alerts.conditions import Burns
from playhead.monitoring.alerts.measure import Sums, Tallies, measured
from playhead.monitoring.alerts.table import ALERTS, BY_NAME, FAST, PART, Severity
from playhead.monitoring.sums.objectives import BUDGETS
from playhead.monitoring.sums.values import Values
from tests.support.traffic import (
    BEGIN,
    DAY,
    HOUR,
    WEEK,
    Luck,
    Traffic,
    as_promised,
    firings,
    rounds,
    unlucky,
    visit,
)

WEEKS = 20
BURNING = [one for one in ALERTS if isinstance(one.condition, Burns)]
PAGES = [one for one in BURNING if one.severity is Severity.PAGE]
TICKETS = [*(one for one in BURNING if one.severity is Severity.TICKET), BY_NAME["FallbackJump"]]
CANARY_FAILS = BY_NAME["CanaryFails"]
SIX_HOURS_S, THREE_DAYS_S = 6 * 3600, 3 * 86_400


def minutes_with(traffic: Traffic) -> list[int]:
    """The minutes, and some more, in which so many people were affected that a page is not impossible."""
    at = {
        what: [minute for minute, of in sorted(traffic.affected.items()) for _ in range(of[what])] for what in EFFECTS
    }
    found: set[int] = set()
    for minute in sorted(traffic.affected):
        for window in FAST:
            counts = {what: _within(found_at, minute, window.long_s // 60) for what, found_at in at.items()}
            worst = max(counts[one.id] for one in BUDGETS)
            if worst >= window.people and worst > PART * counts["watched"]:
                found.update(range(minute, min(minute + window.long_s // 60, traffic.minutes)))
    return sorted(found)


def _within(minutes: list[int], minute: int, length: int) -> int:
    """How many are in the window of this length that ends with a minute."""
    return bisect_right(minutes, minute) - bisect_left(minutes, minute - length)


def quiet_weeks(seed: int, per_hour: float, part: float = 1.0, weeks: int = WEEKS) -> Traffic:
    """Weeks of a site that keeps its promises: in each one person has a bad network for an hour, or for five."""
    traffic = Traffic(seed, weeks)
    for begin, minutes, person in visit(traffic, per_hour):
        traffic.watch(begin, minutes, as_promised(traffic, part), person)
    for week in range(weeks):
        begin = week * WEEK + traffic.random.randrange(WEEK - DAY)
        unlucky(traffic, begin, hours=5 if week % 4 == 3 else 1, sessions=traffic.random.randint(1, 6))
    return traffic


@pytest.mark.parametrize(("per_hour", "weeks"), [(0, 20), (1, 20), (5, 4), (30, 2)])
def test_weeks_of_few_people_page_nobody(per_hour: float, weeks: int) -> None:
    traffic, tallies = quiet_weeks(seed=1, per_hour=per_hour, weeks=weeks), Tallies(PAGES)
    assert list(firings(PAGES, traffic.tallies(tallies), tallies, minutes_with(traffic), SIX_HOURS_S)) == []


@pytest.mark.parametrize(("per_hour", "weeks"), [(3, 3), (30, 1)])
def test_weeks_of_few_people_leave_no_ticket(per_hour: float, weeks: int) -> None:
    traffic, tallies = quiet_weeks(seed=2, per_hour=per_hour, part=0.5, weeks=weeks), Tallies(TICKETS)
    rows, found = traffic.tallies(tallies), []
    for hour in range(0, traffic.minutes // HOUR, 8):
        now_s = BEGIN.timestamp() + hour * 3600
        near = [one for one in rows if now_s - THREE_DAYS_S - 60 <= one.begins_s <= now_s]
        sums = Sums(tallies, near, Values({}), now_s)
        found += [(one.name, hour) for one in TICKETS if measured(one.condition, sums).holds]
    assert found == []


BROKEN = {
    "FreshBurnsFast": Luck(old=0.8),
    "LagBurnsFast": Luck(late=1.0),
    "EstablishedBurnsFast": Luck(lost=1.0),
    "FinalsBurnsFast": Luck(is_final_late=True),
}
"""What is broken, by the alert that has to notice it."""


def minutes_until(alert: str, per_hour: float, hurt: float, seed: int) -> int:
    """How long after its begin an outage pages that hurts such a part of those who come after it began."""
    alerts, begin = [BY_NAME[alert]], 7 * HOUR
    traffic, tallies = Traffic(seed, weeks=12 * HOUR / WEEK), Tallies(alerts)
    for at, minutes, person in visit(traffic, per_hour):
        luck = as_promised(traffic)
        if at >= begin and random.Random(f"{seed} {person}").random() < hurt:
            luck = BROKEN[alert]
        traffic.watch(at, minutes, luck, person)
    looks = range(begin, traffic.minutes, 2)
    return next(firings(alerts, traffic.tallies(tallies), tallies, looks, SIX_HOURS_S))[1] - begin


@pytest.mark.parametrize("alert", BROKEN)
@pytest.mark.parametrize(("per_hour", "hurt", "within"), [(5, 1.0, 3 * HOUR), (30, 0.5, 45)], ids=str)
def test_outage_pages_in_time(alert: str, per_hour: float, hurt: float, within: int) -> None:
    assert max(minutes_until(alert, per_hour, hurt, seed) for seed in (1, 2)) <= within


@pytest.mark.parametrize("legs", [("stream",), ("stream", "poll")], ids=len)
def test_canary_of_a_site_without_people_pages_within_minutes(legs: tuple[str, ...]) -> None:
    traffic, tallies, begin = Traffic(1, weeks=4 / 24 / 7), Tallies([CANARY_FAILS]), 2 * HOUR
    rounds(traffic, lambda minute, leg: minute >= begin and leg in legs)
    rows = traffic.tallies(tallies)
    ((_, minute),) = firings([CANARY_FAILS], rows, tallies, range(traffic.minutes), SIX_HOURS_S)
    assert minute - begin <= (10 if len(legs) == 1 else 6)


def test_canary_whose_rounds_fail_now_and_then_pages_nobody() -> None:
    traffic, tallies, random_of = Traffic(1, weeks=2), Tallies([CANARY_FAILS]), random.Random(1)
    bad = {minute for minute in range(traffic.minutes) if random_of.random() < 0.005}
    rounds(traffic, lambda minute, _: minute in bad)
    near = [minute for one in sorted(bad) for minute in range(one, one + 12)]
    rows = traffic.tallies(tallies)
    assert list(firings([CANARY_FAILS], rows, tallies, sorted(set(near)), 600)) == []
