"""An alert fires once its condition has held for long enough, and is resolved once it has not for long enough."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from playhead.monitoring.alerts.incidents import AlertState, State
from playhead.monitoring.alerts.judge import GAP, firing_since, is_forgotten, judge
from playhead.monitoring.alerts.measure import Measured
from playhead.monitoring.alerts.table import BY_NAME

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
ALERT = replace(BY_NAME["RedisAway"], for_s=60, keep_firing_s=90)
INACTIVE, PENDING, FIRING = State.INACTIVE, State.PENDING, State.FIRING
EVERY_S = 30.0


def looks(holds: Iterable[bool], before: AlertState | None = None, at: datetime = NOON) -> list[AlertState]:
    """Looks every half minute from a moment on."""
    found = []
    for number, one in enumerate(holds):
        moment = at + timedelta(seconds=EVERY_S * number)
        before = judge(ALERT, before, Measured(70.0 if one else 1.0, one), moment)
        found.append(before)
    return found


def states(holds: str) -> str:
    """The first letters of the states, where `x` is a look at which the condition holds."""
    return "".join(one.state[0] for one in looks(letter == "x" for letter in holds))


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        (".....", "iiiii"),
        ("xx...", "ppiii"),
        ("xxx..", "ppfff"),
        ("xx.xx.", "ppippi"),
        ("xxx...", "ppfffi"),
        ("xxx..x..", "ppffffff"),
        ("xxx..x...", "ppffffffi"),
        ("xxx...xxx", "ppfffippf"),
    ],
)
def test_state_follows_from_how_long_it_holds(holds: str, expected: str) -> None:
    assert states(holds) == expected


def test_incident_begins_when_it_fires_and_ends_when_it_is_resolved() -> None:
    found = looks([True] * 3 + [False] * 3)
    assert {one.since for one in found if one.state is FIRING} == {NOON + timedelta(seconds=60)}
    end = NOON + timedelta(seconds=150)
    held_at = NOON + timedelta(seconds=60)
    assert found[-1] == AlertState(state=INACTIVE, since=end, value=1.0, held_at=held_at, seen_at=end)


def test_condition_of_one_look_fires_at_once_if_it_need_not_last() -> None:
    found = judge(replace(ALERT, for_s=0), None, Measured(1.0, holds=True), NOON)
    assert found.state is FIRING


@pytest.mark.parametrize("later", [GAP + timedelta(seconds=1), timedelta(days=3), timedelta(seconds=-1)])
def test_time_in_which_nobody_looked_does_not_count_as_pending(later: timedelta) -> None:
    (pending,) = looks([True])
    at = NOON + later
    again = judge(ALERT, pending, Measured(70.0, holds=True), at)
    assert (again.state, again.since) == (PENDING, at)
    assert [one.state for one in looks([True] * 3, again, at)] == [PENDING, PENDING, FIRING]


@pytest.mark.parametrize("later", [GAP + timedelta(seconds=1), timedelta(days=3), timedelta(hours=-1)])
def test_firing_goes_on_until_somebody_has_looked_for_long_enough(later: timedelta) -> None:
    firing = looks([True] * 3)[-1]
    found = looks([False] * 4, firing, firing.seen_at + later)
    assert [one.state for one in found] == [FIRING, FIRING, FIRING, INACTIVE]
    assert found[0].since == firing.since


def test_look_that_is_a_little_late_is_no_gap() -> None:
    (pending,) = looks([True])
    assert judge(ALERT, pending, Measured(70.0, holds=True), NOON + GAP).state is FIRING


def test_no_data_resolves_as_a_condition_that_does_not_hold() -> None:
    firing = looks([True] * 3)[-1]
    found = [
        judge(ALERT, firing, Measured(None, holds=False), firing.seen_at + timedelta(seconds=after_s))
        for after_s in (89, 90)
    ]
    assert [one.state for one in found] == [FIRING, INACTIVE]


def test_alert_without_a_look_for_an_hour_is_forgotten() -> None:
    state = firing_since(NOON, NOON)
    assert [is_forgotten(state, NOON + timedelta(minutes=minutes)) for minutes in (59, 60)] == [False, True]
