"""Each kind of condition has its value and holds as it is written, over the rows of sums."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from playhead.metrics import catalog as c
from playhead.metrics.metrics import Reading
from playhead.monitoring.alerts.conditions import (
    Above,
    Absent,
    Burns,
    Condition,
    Increase,
    Jump,
    NotScraped,
    Share,
    Window,
)
from playhead.monitoring.alerts.measure import Measured, Sums, Tallies, Tally, longest_s, measured
from playhead.monitoring.alerts.table import ALERTS, Alert
from playhead.monitoring.sums.count import count
from playhead.monitoring.sums.objectives import BUDGETS
from playhead.monitoring.sums.reading import HOUR_S, MINUTE_S, Part
from playhead.monitoring.sums.values import Values

NOON = datetime(2026, 12, 1, 12, 0, 30, tzinfo=UTC)
MINUTE, HOUR = 60, 3600
DROPS = count(c.PUBLISH_DROPS)
ROUNDS = {outcome: count(c.CANARY_ROUNDS, outcome=outcome) for outcome in ("passed", "failed", "not_allowed")}
Rows = list[tuple[float, Reading]]


def held(condition: Condition, rows: Rows, *, span_s: int = MINUTE_S, gauges: Reading | None = None) -> Measured:
    """Holds a condition against rows, each with how many seconds before noon it began."""
    tallies = Tallies([replace(ALERTS[0], condition=condition)])
    begun = NOON.replace(second=0)
    parts = [Part(begun - timedelta(seconds=ago_s), span_s, reading) for ago_s, reading in rows]
    return measured(condition, Sums(tallies, [*map(tallies.tally, parts)], Values(gauges or {}), NOON.timestamp()))


def drops(number: float) -> Reading:
    return {c.PUBLISH_DROPS.name: {"": number}}


def legs(**outcomes: float) -> Reading:
    return {c.CANARY_ROUNDS.name: {f"stream,{outcome}": number for outcome, number in outcomes.items()}}


@pytest.mark.parametrize(
    ("ago_s", "span_s", "value"),
    [
        (-MINUTE, MINUTE_S, 0.0),
        (0, MINUTE_S, 12.0),
        (3 * MINUTE, MINUTE_S, 12.0),
        (4 * MINUTE, MINUTE_S, 0.0),
        (HOUR - MINUTE, HOUR_S, 0.8),
        (HOUR, HOUR_S, 0.6),
        (HOUR - 3 * MINUTE, HOUR_S, 0.8),
    ],
)
def test_row_counts_with_its_part_within_the_window(ago_s: float, span_s: int, value: float) -> None:
    found = held(Increase(count=DROPS, over_s=3 * MINUTE, limit=10), [(ago_s, drops(12))], span_s=span_s)
    assert found.value == pytest.approx(value)
    assert found.holds is (value > 10)


def test_increase_holds_above_its_limit_and_has_a_value_of_nothing() -> None:
    condition = Increase(count=DROPS, over_s=3 * MINUTE, limit=10)
    assert held(condition, []) == (0.0, False)
    assert held(condition, [(0, drops(4)), (MINUTE, drops(6))]) == (10.0, False)
    assert held(condition, [(0, drops(4)), (MINUTE, drops(7))]) == (11.0, True)


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        ({}, (None, False)),
        (legs(not_allowed=9), (None, False)),
        (legs(passed=4, failed=4), (0.5, True)),
        (legs(passed=2, failed=2), (0.5, False)),
        (legs(passed=6, failed=4), (0.4, False)),
        (legs(passed=6, failed=4, not_allowed=99) | drops(3), (0.4, False)),
    ],
)
def test_share_holds_above_its_limit_with_enough_of_its_part(
    reading: Reading, expected: tuple[float | None, bool]
) -> None:
    whole = count(c.CANARY_ROUNDS, outcome=("passed", "failed"))
    condition = Share(part=ROUNDS["failed"], whole=whole, over_s=10 * MINUTE, limit=0.4, least=3)
    assert held(condition, [(0, reading)]) == expected


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (legs(passed=9, failed=1), legs(passed=6, failed=4), (0.4, True)),
        (legs(passed=9, failed=1), legs(passed=7, failed=3), (0.3, False)),
        (legs(passed=99, failed=1), legs(passed=9, failed=1), (0.1, False)),
        (legs(passed=9, failed=1), legs(passed=3, failed=2), (0.4, False)),
        ({}, legs(failed=9), (1.0, False)),
        (legs(passed=9), {}, (None, False)),
        (legs(passed=9), legs(passed=6, failed=4), (0.4, True)),
    ],
)
def test_jump_is_against_the_time_before(before: Reading, now: Reading, expected: tuple[float | None, bool]) -> None:
    condition = Jump(
        part=ROUNDS["failed"], whole=count(c.CANARY_ROUNDS), over_s=HOUR, before_s=HOUR, times=3, points=0.1,
        guard=ROUNDS["failed"], least=3,
    )  # fmt: skip
    assert held(condition, [(HOUR + MINUTE, before), (0, now), (3 * HOUR, legs(failed=999))]) == expected


@pytest.mark.parametrize(
    ("gauges", "expected"), [({}, (None, False)), ({"": 60.0}, (60.0, False)), ({"": 60.1}, (60.1, True))]
)
def test_gauge_holds_above_its_limit(gauges: dict[str, float | list[float]], expected: object) -> None:
    condition = Above(gauge=c.REDIS_AGE, limit=60)
    assert held(condition, [], gauges={c.REDIS_AGE.name: gauges}) == expected


@pytest.mark.parametrize(
    ("rows", "holds"),
    [
        ([], False),
        ([(20 * MINUTE, legs(passed=1))], True),
        ([(20 * MINUTE, legs(not_allowed=1))], True),
        ([(20 * MINUTE, legs(passed=1)), (5 * MINUTE, legs(failed=1))], False),
        ([(7 * HOUR, legs(passed=1))], False),
    ],
)
def test_absent_holds_where_something_was_and_is_no_more(rows: Rows, holds: bool) -> None:
    condition = Absent(count=count(c.CANARY_ROUNDS), over_s=10 * MINUTE, before_s=6 * HOUR)
    assert held(condition, rows) == (0.0, holds)


def test_what_prometheus_alone_sees_never_holds_here() -> None:
    assert held(NotScraped(job="playhead-web"), [(0, drops(99))]) == (None, False)


def lags(in_time: float, late: float, affected: float, watched: float) -> Reading:
    counts = [0.0] * (len(c.PAINT_LAG.edges) + 2)
    edge = c.PAINT_LAG.edges.index(0.1)
    counts[edge], counts[edge + 1] = in_time, late
    people: dict[str, float | list[float]] = {"lag": affected, "watched": watched, "fresh": 999.0}
    ignored = [99.0] * len(counts)
    return {
        c.PAINT_LAG.name: {"stream,yes": counts, "stream,no": ignored, "poll,yes": ignored},
        c.AFFECTED.name: people,
    }


BURNS = Burns(
    budget=next(one for one in BUDGETS if one.id == "lag"),
    windows=(
        Window(long_s=HOUR, short_s=5 * MINUTE, factor=10, people=3, many=6),
        Window(long_s=6 * HOUR, short_s=30 * MINUTE, factor=5, people=4, many=9),
    ),
    affected=count(c.AFFECTED, what="lag"),
    watched=count(c.AFFECTED, what="watched"),
    part=0.5,
)
"""More than 10 % of lags in an hour, or 5 % in six."""


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], (None, False)),
        ([(0, lags(80, 20, 3, 5))], (0.2, True)),
        ([(0, lags(90, 10, 3, 5))], (0.1, False)),
        ([(0, lags(80, 20, 2, 3))], (0.2, False)),
        ([(0, lags(80, 20, 3, 6))], (0.2, False)),
        ([(0, lags(80, 20, 6, 999))], (0.2, True)),
        ([(10 * MINUTE, lags(80, 20, 3, 5))], (0.2, False)),
        ([(10 * MINUTE, lags(80, 20, 4, 5))], (0.2, True)),
        ([(2 * HOUR, lags(0, 30, 4, 5)), (10 * MINUTE, lags(93, 7, 0, 0))], (37 / 130, True)),
        ([(2 * HOUR, lags(0, 30, 4, 5)), (10 * MINUTE, lags(96, 4, 0, 0))], (0.04, False)),
    ],
)
def test_budget_burns_in_both_windows_for_several_people(rows: Rows, expected: tuple[float | None, bool]) -> None:
    value, holds = held(BURNS, rows)
    assert holds is expected[1]
    assert value == pytest.approx(expected[0])


@pytest.mark.parametrize("alert", ALERTS, ids=lambda one: one.name)
def test_nothing_at_all_calls_nobody(alert: Alert) -> None:
    assert not held(alert.condition, []).holds
    assert not held(alert.condition, [(0, {}), (HOUR, {"of another release": {"": 1.0}})]).holds


def test_joined_rows_count_as_each() -> None:
    tallies = Tallies(ALERTS)
    one = tallies.tally(Part(NOON, MINUTE_S, lags(8, 2, 1, 1)))
    two = tallies.tally(Part(NOON, MINUTE_S, drops(4)))
    assert tallies.joined([one, two, one], 7.0, HOUR_S) == Tally(
        7.0, HOUR_S, [(index, 2 * number) for index, number in one.numbers] + list(two.numbers)
    )


def test_past_is_as_long_as_the_longest_window() -> None:
    assert longest_s() == 3 * 86_400
