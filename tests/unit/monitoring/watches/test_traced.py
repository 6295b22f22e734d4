"""The span of a report says what was measured, and nothing of what was not."""

from playhead.monitoring.watches.report import BUCKETS, Report
from playhead.monitoring.watches.traced import attributes_of


def test_report_of_nothing_says_only_how_statuses_come() -> None:
    empty = {"stream": (0.0,) * (BUCKETS + 1)}
    found = attributes_of(Report(transport="poll", lag_ms=empty))
    assert found == {"playhead.transport": "poll", "playhead.max_age_ms": 0.0}


def test_lags_are_their_buckets_their_mean_and_their_95th_percentile() -> None:
    counts = [0.0] * BUCKETS
    counts[6], counts[9] = 19.0, 1.0  # up to 75 ms, up to 250 ms
    report = Report(
        transport="stream", reason="mute", first_data_ms=12.0, rtt_ms=3.0, gaps=2, lag_ms={"wait": (*counts, 2_000.0)}
    )
    assert attributes_of(report) == {
        "playhead.transport": "stream",
        "playhead.reason": "mute",
        "playhead.first_data_ms": 12.0,
        "playhead.rtt_ms": 3.0,
        "playhead.max_age_ms": 0.0,
        "playhead.gaps": 2,
        "playhead.lag.wait.buckets": tuple(map(int, counts)),
        "playhead.lag.wait.mean_ms": 100.0,
        "playhead.lag.wait.p95_ms": 75.0,
    }
