"""The document of the page follows from the rows of a range."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.metrics import catalog as c
from playhead.metrics.metrics import Metrics, Reading
from playhead.monitoring.sums.health import health
from playhead.monitoring.sums.ranges import RangeName
from playhead.monitoring.sums.reading import Row, encode
from playhead.monitoring.sums.slices import in_one_slice
from tests.unit.monitoring.sums.readings import READINGS

NOW = datetime(2026, 11, 29, 12, 30, 40, tzinfo=UTC)
MINUTE = NOW.replace(second=0)
REQUESTS = c.requests(("/api/v1/me", "/api/v1/sessions"))


def row(
    reading: Reading | Callable[[Metrics], object],
    minutes: int = 0,
    source: str = "web-1",
    span_s: int = 60,
    age_s: float = 5.0,
) -> Row:
    """A row of so many minutes ago, that was written `age_s` ago."""
    if not isinstance(reading, dict):
        metrics = Metrics()
        reading(metrics)
        reading = metrics.read()
    return Row(MINUTE - timedelta(minutes=minutes), span_s, source, NOW - timedelta(seconds=age_s), encode(reading))


def shown(*rows: Row, name: RangeName = "now") -> Any:
    """The document, as it is sent."""
    return msgspec.json.decode(msgspec.json.encode(in_one_slice(health(name, NOW, rows))))


def test_steps_begin_at_their_multiples_and_end_with_the_present_one() -> None:
    found = shown(name="day")
    assert (found["from"], found["until"]) == ("2026-11-28T12:45:00Z", "2026-11-29T12:30:40Z")
    assert found["at"][-1] == datetime(2026, 11, 29, 12, 30, tzinfo=UTC).timestamp()


def test_counts_are_of_their_step_and_of_the_range() -> None:
    one, two = (lambda metrics, n=n: metrics.add(REQUESTS, "/api/v1/me", "2xx", amount=n) for n in (3, 4))
    found = shown(row(one), row(two, source="web-2"), row(two, minutes=2), row(two, minutes=10))
    assert found["totals"]["requests"] == 11
    assert found["series"]["requests"] == [None] * 7 + [4, None, 7]


def test_row_of_an_hour_belongs_to_the_step_in_which_it_begins() -> None:
    hour = row(lambda metrics: metrics.add(REQUESTS, "/api/v1/me", "2xx"), minutes=30 + 60 * 24 * 5, span_s=3600)
    found = shown(hour, name="month")
    assert (found["totals"]["requests"], found["series"]["requests"].count(1)) == (1, 1)


def test_uptime_is_of_those_who_may_stream() -> None:
    def count(metrics: Metrics) -> None:
        metrics.add(c.WATCH_TIME, "stream", "browser", amount=1000)
        metrics.add(c.FRESH_TIME, "stream", "browser", amount=990)
        metrics.add(c.WATCH_TIME, "poll", "server", amount=500)
        metrics.add(c.UP_TIME, "browser", amount=1000)
        metrics.add(c.UP_FRESH_TIME, "browser", amount=990)

    found = shown(row(count))
    assert found["totals"]["uptime"] == 0.99
    assert found["totals"]["fresh"] == 0.66
    assert found["totals"]["watched_s"] == 1500
    assert found["shares"]["modes"] == [{"mode": "stream", "seconds": 1000}, {"mode": "poll", "seconds": 500}]
    assert found["series"]["seconds_poll"][-1] == 500
    check = found["checks"][0]
    assert (check["id"], check["state"], check["value"], check["count"]) == ("uptime", "warn", 0.99, 1000)
    assert found["state"] == "warn"


def test_lag_is_of_streams_whose_clock_is_sure() -> None:
    def count(metrics: Metrics) -> None:
        for _ in range(100):
            metrics.observe(c.PAINT_LAG, 0.06, "stream", "yes")
            metrics.observe(c.PAINT_LAG, 3.0, "stream", "no")
            metrics.observe(c.PAINT_LAG, 3.0, "poll", "yes")

    found = shown(row(count))
    assert found["totals"]["lag_ms"] == {"p50": 62.5, "p95": 73.75, "p99": 74.75, "within_100_ms": 1.0, "count": 100}
    assert found["series"]["lag_p95_ms"][-1] == 73.75


def test_each_time_of_a_browser_has_its_own_quantiles() -> None:
    def count(metrics: Metrics) -> None:
        metrics.observe(c.CONNECT, 0.004)
        metrics.observe(c.FIRST_EVENT, 0.04)
        metrics.observe(c.FIRST_DATA, 0.4, "stream")

    totals = shown(row(count))["totals"]
    found = [round(totals[name]["p50"], 6) for name in ("connect_ms", "first_event_ms", "first_data_ms")]
    assert found == [3.5, 37.5, 375.0]


def test_harms_outside_the_sample_are_not_added_to_those_that_stand_for_them() -> None:
    def count(metrics: Metrics) -> None:
        metrics.add(c.HARMED, "mute", "yes", amount=12)
        metrics.add(c.HARMED, "mute", "no", amount=9)

    assert shown(row(count))["shares"]["harms"] == [{"harm": "mute", "count": 12}]


def test_gauges_of_now_are_of_the_processes_that_run() -> None:
    def streams(value: float) -> Callable[[Metrics], None]:
        return lambda metrics: metrics.gauge(c.STREAMS_OPEN, lambda: value)

    found = shown(
        row(streams(9), minutes=1, age_s=25),
        row(streams(3), age_s=15),
        row(streams(4), source="web-2", age_s=-3),
        row(streams(50), minutes=1, source="web-3", age_s=31),
        row({}, source="worker-1"),
        row(streams(70), minutes=12, source="", age_s=9),
    )
    assert found["processes"] == {"web": 2, "worker": 1}
    assert found["now"]["streams_open"] == 7
    assert found["now"]["people"] is None


def test_jobs_that_failed_by_the_recording_are_no_fault() -> None:
    def count(metrics: Metrics) -> None:
        metrics.add(c.ATTEMPTS, "completed", amount=10)
        metrics.add(c.FAILURES, "recording", amount=5)

    found = shown(row(count))
    jobs = next(check for check in found["checks"] if check["id"] == "jobs")
    assert (jobs["state"], jobs["value"], jobs["count"]) == ("well", 1.0, 10)
    assert (found["totals"]["completed"], found["totals"]["failed"]) == (10, 5)
    assert found["series"]["jobs_failed"][-1] == 0


def test_errors_are_listed_by_route_with_ours_first() -> None:
    def count(metrics: Metrics) -> None:
        metrics.add(REQUESTS, "/api/v1/me", "2xx", amount=100)
        metrics.add(REQUESTS, "/api/v1/me", "4xx", amount=9)
        metrics.add(REQUESTS, "/api/v1/sessions", "5xx", amount=2)

    found = shown(row(count))
    assert found["shares"]["errors"] == [
        {"route": "/api/v1/sessions", "status": "5xx", "count": 2},
        {"route": "/api/v1/me", "status": "4xx", "count": 9},
    ]
    assert found["series"]["errors_5xx"][-1] == 2


def test_saved_is_what_polling_would_have_cost_more() -> None:
    def count(metrics: Metrics) -> None:
        metrics.add(c.WATCH_TIME, "stream", "browser", amount=3000)
        metrics.add(c.WATCH_TIME, "poll", "browser", amount=500)
        metrics.add(c.STREAMS_OPENED, amount=10)
        metrics.add(c.STREAM_BYTES, amount=100_000)
        metrics.add(c.STATUS_REQUESTS, "poll", "changed", amount=90)
        metrics.add(c.STATUS_REQUESTS, "poll", "unchanged", amount=10)
        metrics.add(c.STATUS_BYTES, amount=40_000)

    found = shown(row(count))
    assert found["totals"]["requests_saved"] == 990
    assert found["totals"]["bytes_saved"] == 990 * (400 + 600) - 100_000


def test_few_polls_do_not_say_how_large_an_answer_is() -> None:
    def count(metrics: Metrics) -> None:
        metrics.add(c.WATCH_TIME, "stream", "browser", amount=3000)
        metrics.add(c.STATUS_REQUESTS, "poll", "changed", amount=99)
        metrics.add(c.STATUS_REQUESTS, "poll", "refused", amount=50)
        metrics.add(c.STATUS_BYTES, amount=9_000_000)

    assert shown(row(count))["totals"]["bytes_saved"] == 1000 * (465 + 600)


def test_nothing_saved_is_never_less_than_nothing_in_sum() -> None:
    found = shown(row(lambda metrics: metrics.add(c.STREAMS_OPENED, amount=10)))
    assert (found["totals"]["requests_saved"], found["totals"]["bytes_saved"]) == (0, 0)
    assert found["series"]["requests_saved"][-1] == -10


def test_rating_and_speed_are_means() -> None:
    def count(metrics: Metrics) -> None:
        metrics.add(c.FEEDBACK, "5", amount=3)
        metrics.add(c.FEEDBACK, "1")
        metrics.add(c.AUDIO_TIME, amount=70)
        metrics.add(c.WORK_TIME, amount=10)

    totals = shown(row(count))["totals"]
    assert totals["rating"] == {"mean": 4.0, "count": 4}
    assert totals["speed"] == 7.0


@pytest.mark.parametrize("text", ["", "[]", "null", '{"watches": 1}'])
def test_row_that_is_no_reading_is_skipped(text: str) -> None:
    broken = Row(MINUTE, 60, "web-2", NOW, text)
    found = shown(broken, row(lambda metrics: metrics.add(c.WATCHES, "browser", amount=3)))
    assert found["totals"]["watches"] == 3
    assert found["processes"]["web"] == 2


@given(
    name=st.sampled_from(get_args(RangeName)),
    rows=st.lists(
        st.builds(
            row,
            READINGS,
            minutes=st.integers(-5, 50_000),
            source=st.sampled_from(["", "web-1", "worker-2"]),
            span_s=st.sampled_from([60, 3600]),
            age_s=st.floats(-100, 100),
        ),
        max_size=4,
    ),
)
def test_document_has_no_number_that_is_none(name: RangeName, rows: list[Row]) -> None:
    made = in_one_slice(health(name, NOW, rows))
    numbers = [number for series in msgspec.structs.astuple(made.series) for number in series if number is not None]
    assert all(math.isfinite(number) for number in numbers)
    assert all(len(series) == len(made.at) for series in msgspec.structs.astuple(made.series))
    assert b"NaN" not in msgspec.json.encode(made)
    totals = msgspec.structs.asdict(made.totals).values()
    assert all(math.isfinite(value) for value in totals if isinstance(value, float))
