"""A Redis that refuses statuses for a minute pages nobody, at whatever second of a minute that begins."""

from datetime import UTC, datetime, timedelta

import pytest

from playhead.metrics.catalog import PUBLISH_RETRIES
from playhead.monitoring.alerts.incidents import AlertState, State
from playhead.monitoring.alerts.judge import judge
from playhead.monitoring.alerts.measure import Sums, Tallies, measured
from playhead.monitoring.alerts.table import BY_NAME
from playhead.monitoring.alerts.watcher import EVERY_S
from playhead.monitoring.sums.reading import MINUTE_S, Part
from playhead.monitoring.sums.values import Values

ALERT = BY_NAME["PublisherDropping"]
BEGIN = datetime(2026, 12, 1, 12, tzinfo=UTC)
A_SECOND = 12
"""Tries that fail: more than what counts, in one second already."""
LOOKED_S = 900


def is_paged(begin_s: int, length_s: int) -> bool:
    """Whether refusals from this second after noon on, for so long, page somebody."""
    tallies, state = Tallies([ALERT]), None
    for now_s in range(0, LOOKED_S, int(EVERY_S)):
        minutes: dict[int, float] = {}
        for second in range(begin_s, min(begin_s + length_s, now_s)):
            minutes[second // MINUTE_S] = minutes.get(second // MINUTE_S, 0.0) + A_SECOND
        rows = [
            tallies.tally(Part(BEGIN + timedelta(minutes=minute), MINUTE_S, {PUBLISH_RETRIES.name: {"": refused}}))
            for minute, refused in minutes.items()
        ]
        moment = BEGIN + timedelta(seconds=now_s)
        found: AlertState = judge(
            ALERT, state, measured(ALERT.condition, Sums(tallies, rows, Values({}), moment.timestamp())), moment
        )
        if found.state is State.FIRING:
            return True
        state = found
    return False


@pytest.mark.parametrize(("length_s", "expected"), [(1, False), (60, False), (180, True)])
def test_page_follows_from_how_long_statuses_are_refused(length_s: int, expected: bool) -> None:
    assert {is_paged(begin_s, length_s) for begin_s in range(120, 180)} == {expected}
