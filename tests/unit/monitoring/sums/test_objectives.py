"""The table of objectives, and the state of a value by it."""

import pytest

from playhead.monitoring.sums.checks import overall
from playhead.monitoring.sums.document import Check
from playhead.monitoring.sums.objectives import OBJECTIVES, CheckState, Objective

BY_ID = {one.id: one for one in OBJECTIVES}
WELL, WARN, BAD, QUIET = CheckState.WELL, CheckState.WARN, CheckState.BAD, CheckState.QUIET


@pytest.mark.parametrize(
    ("check", "value", "count", "state"),
    [
        ("uptime", 0.995, 600, WELL),
        ("uptime", 0.9949, 600, WARN),
        ("uptime", 0.99, 600, WARN),
        ("uptime", 0.9899, 600, BAD),
        ("uptime", 0.2, 599, QUIET),
        ("uptime", None, 9999, QUIET),
        ("queue", 0.0, 0, WELL),
        ("queue", 300.0, 3, WELL),
        ("queue", 301.0, 3, WARN),
        ("queue", 601.0, 3, BAD),
        ("queue", None, 0, QUIET),
        ("publishing", 0.0, 50, WELL),
        ("publishing", 1.0, 50, WARN),
        ("publishing", 101.0, 5000, BAD),
        ("publishing", 0.0, 0, QUIET),
        ("people", 4.0, 5, WELL),
        ("people", 3.9, 5, WARN),
        ("people", 2.9, 5, BAD),
        ("people", 1.0, 4, QUIET),
    ],
)
def test_state_follows_from_value_and_count(check: str, value: float | None, count: float, state: CheckState) -> None:
    assert BY_ID[check].state(value, count) is state


@pytest.mark.parametrize("one", OBJECTIVES, ids=lambda one: one.id)
def test_goal_itself_is_well_and_bad_itself_a_warning(one: Objective) -> None:
    assert one.state(one.goal, one.least) is WELL
    assert one.state(one.bad, one.least) is WARN


@pytest.mark.parametrize(
    ("states", "watched_s", "state"),
    [
        ([], 0.0, QUIET),
        ([QUIET, QUIET], 9.0, QUIET),
        ([WELL, QUIET], 9.0, WELL),
        ([WELL, QUIET], 0.0, QUIET),
        ([WARN, WELL], 9.0, WARN),
        ([BAD, WARN, WELL], 9.0, BAD),
        ([BAD, QUIET], 0.0, BAD),
    ],
)
def test_whole_is_as_its_worst_and_quiet_without_people(
    states: list[CheckState], watched_s: float, state: CheckState
) -> None:
    found = [Check(id="", state=one, value=None, goal=1.0, bad=0.0, count=0) for one in states]
    assert overall(found, watched_s) is state
