"""What a report and the facts of the server show to have happened to a person."""

from typing import Any

import pytest

from playhead.metrics.catalog import EFFECTS
from playhead.monitoring.watches.accepted import Added
from playhead.monitoring.watches.affected import effects
from playhead.monitoring.watches.report import BUCKETS, EDGES_MS, Report

NOTHING: frozenset[str] = frozenset()


def lags(in_time: int, late: int) -> dict[str, Any]:
    """Lags of streams: some at the edge of what is promised, and some in the bucket above it."""
    counts = [0.0] * BUCKETS
    edge = EDGES_MS.index(100.0)
    counts[edge], counts[edge + 1] = in_time, late
    return {"lag_ms": {"stream": (*counts, 0.0)}, "rtt_ms": 50.0}


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"seconds": {"stream": (30.0, 25.1)}}, NOTHING),
        ({"seconds": {"stream": (30.0, 28.0), "poll": (9.0, 6.0)}}, {"fresh"}),
        (lags(18, 2), NOTHING),
        (lags(17, 3), {"lag"}),
        (lags(5, 4), NOTHING),
        (lags(0, 99) | {"rtt_ms": 50.1}, NOTHING),
        (lags(0, 99) | {"rtt_ms": None}, NOTHING),
        ({"lag_ms": {"poll": (*[0.0] * 16, 99.0, 0.0)}, "rtt_ms": 1.0}, NOTHING),
        ({"fallbacks": 1}, {"fallback"}),
    ],
)
def test_report_shows_what_its_person_had(report: dict[str, Any], expected: frozenset[str]) -> None:
    assert effects(Added(report=Report(**report), weight=1)) == expected


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ({"final": "in_time"}, NOTHING),
        ({"final": "late"}, {"finals"}),
        ({"final": "missing"}, {"finals"}),
        ({"harms": frozenset({"mute", "slow"})}, NOTHING),
        ({"harms": frozenset({"never_established"})}, NOTHING),
        ({"not_begun": 1}, {"established"}),
        ({"is_first": True}, {"watched"}),
        ({"is_first": True, "final": "late", "weight": 0}, NOTHING),
    ],
)
def test_watch_shows_what_is_new_of_it(added: dict[str, Any], expected: frozenset[str]) -> None:
    given: dict[str, Any] = {"report": Report(), "weight": 3} | added
    assert effects(Added(**given)) == expected
    assert expected <= set(EFFECTS)
