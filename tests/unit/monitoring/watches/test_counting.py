"""What reports, and the server in their place, add to the metrics: each for its weight."""

from typing import Any

import pytest

from playhead.metrics.metrics import Metrics
from playhead.monitoring.watches.accepted import Added
from playhead.monitoring.watches.counting import count_report
from playhead.monitoring.watches.report import BUCKETS, Report

LAGS = (2.0, *(0.0,) * (BUCKETS - 1), 1.5)
WHOLE = Report(
    transport="poll",
    reason="mute",
    seconds={"stream": (10.0, 9.0), "poll": (4.0, 4.0)},
    allowed=(12.0, 11.0),
    connect_ms=8.0,
    first_event_ms=40.0,
    first_data_ms=80.0,
    lag_ms={"stream": LAGS},
    rtt_ms=50.0,
    max_age_ms=3_000.0,
    proven=1,
    mutes=2,
    stalls=3,
    gaps=4,
    reconnects=5,
    fallbacks=6,
    page_errors=7,
    final_lag_ms=700.0,
)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def counted(metrics: Metrics) -> dict[str, dict[str, Any]]:
    """All that is not 0; of a histogram the number of values and their sum."""
    found: dict[str, dict[str, Any]] = {}
    for name, series in metrics.read().items():
        for key, value in series.items():
            short = (sum(value[:-1]), round(value[-1], 6)) if isinstance(value, list) else value
            if short and short != (0, 0):
                found.setdefault(name, {})[key] = short
    return found


def test_each_field_is_counted_for_the_weight(metrics: Metrics) -> None:
    harms = frozenset({"mute", "fallback"})
    count_report(metrics, Added(report=WHOLE, weight=3, harms=harms, final="in_time", is_first=True, not_begun=2))
    assert counted(metrics) == {
        "browser_reports": {"": 1},
        "watches": {"browser": 3},
        "watch_seconds": {"stream,browser": 30, "poll,browser": 12},
        "watch_fresh_seconds": {"stream,browser": 27, "poll,browser": 12},
        "allowed_seconds": {"browser": 36},
        "allowed_fresh_seconds": {"browser": 33},
        "paint_lag_seconds": {"stream,yes": (6, 0.0045)},
        "browser_connect_seconds": {"": (3, 0.024)},
        "browser_first_event_seconds": {"": (3, 0.12)},
        "browser_first_data_seconds": {"poll": (3, 0.24)},
        "browser_data_age_seconds": {"": (3, 9)},
        "final_lag_seconds": {"": (3, 2.1)},
        "finals": {"in_time,browser": 3},
        "browser_events": {
            "proven": 3,
            "mute": 6,
            "stall": 9,
            "gap": 12,
            "reconnect": 15,
            "fallback": 18,
            "page_error": 21,
            "not_begun": 6,
        },
        "browser_fallbacks": {"mute": 18},
        "watches_harmed": {"mute,yes": 3, "fallback,yes": 3},
    }


def test_outside_the_sample_only_harms_are_counted_and_apart(metrics: Metrics) -> None:
    count_report(metrics, Added(report=WHOLE, weight=0, harms=frozenset({"slow"}), final="late", is_first=True))
    assert counted(metrics) == {"browser_reports": {"": 1}, "watches_harmed": {"slow,no": 1}}


def test_report_that_adds_nothing_is_counted_as_a_report(metrics: Metrics) -> None:
    count_report(metrics, Added(report=Report(max_age_ms=9.0), weight=1))
    assert counted(metrics) == {"browser_reports": {"": 1}}


@pytest.mark.parametrize(("rtt_ms", "precise"), [(50.0, "yes"), (50.1, "no"), (None, "no")])
def test_lag_is_precise_by_the_round_trip(metrics: Metrics, rtt_ms: float | None, precise: str) -> None:
    count_report(metrics, Added(report=Report(lag_ms={"wait": LAGS}, rtt_ms=rtt_ms), weight=1))
    assert counted(metrics)["paint_lag_seconds"] == {f"wait,{precise}": (2, 0.0015)}


def test_reason_of_a_later_release_is_another_one(metrics: Metrics) -> None:
    count_report(metrics, Added(report=Report(reason="solar_flare", fallbacks=1), weight=1))
    assert counted(metrics)["browser_fallbacks"] == {"other": 1}
