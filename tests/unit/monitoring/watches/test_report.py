"""A report within its bounds, the sum of reports, and the harms in it: honest pages, and pages that lie."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.metrics.catalog import HARMS
from playhead.monitoring.watches.report import (
    BUCKETS,
    COUNT_SLACK,
    COUNTS,
    EDGES_MS,
    FIRSTS,
    MS_MAX,
    SLACK_S,
    UPDATES_PER_S,
    Report,
    clamped,
    final_outcome,
    harms,
    joined,
)

HUGE = 1e9
HONEST = Report(
    transport="stream",
    elapsed_s=40.0,
    seconds={"stream": (38.0, 37.0), "poll": (2.0, 2.0)},
    allowed=(40.0, 39.0),
    connect_ms=12.0,
    first_data_ms=80.0,
    lag_ms={"stream": (0.0, 0.0, 5.0, *(0.0,) * (BUCKETS - 3), 17.5)},
    rtt_ms=3.0,
    max_age_ms=1_500.0,
    proven=1,
    reconnects=1,
)


def lags(**counts: int) -> tuple[float, ...]:
    """Counts by the index of their bucket (`b0`, …), and no sum."""
    return (*(float(counts.get(f"b{index}", 0)) for index in range(BUCKETS)), 0.0)


def test_honest_report_stays_as_it_is() -> None:
    assert clamped(HONEST, 40.0) == HONEST


def test_seconds_of_all_transports_together_fit_the_wall() -> None:
    lie = replace(HONEST, elapsed_s=HUGE, seconds={"stream": (3 * HUGE, HUGE), "poll": (HUGE, HUGE)})
    found = clamped(lie, 60.0)
    assert found.seconds == {"stream": (45.0, 15.0), "poll": (15.0, 15.0)}
    assert found.allowed == (40.0, 30.0)


def test_seconds_fit_what_the_page_has_lived() -> None:
    found = clamped(replace(HONEST, elapsed_s=5.0, seconds={"stream": (HUGE, HUGE)}), 10_000.0)
    assert found.seconds == {"stream": (5.0 + SLACK_S, 5.0 + SLACK_S)}


def test_fresh_is_at_most_watched() -> None:
    found = clamped(replace(HONEST, seconds={"wait": (3.0, 9.0)}, allowed=(2.0, 9.0)), 60.0)
    assert (found.seconds, found.allowed) == ({"wait": (3.0, 3.0)}, (2.0, 2.0))


@pytest.mark.parametrize("wall_s", [0.0, -1e6])
def test_wall_that_is_full_takes_no_time(wall_s: float) -> None:
    found = clamped(HONEST, wall_s)
    assert (found.watched_s, found.fresh_s, found.allowed, found.lag_ms) == (0.0, 0.0, (0.0, 0.0), {})


@pytest.mark.parametrize("name", COUNTS)
def test_count_fits_the_time(name: str) -> None:
    lie: dict[str, Any] = {name: 2**31 - 1}
    assert getattr(clamped(replace(HONEST, **lie), 20.0), name) == 20 + COUNT_SLACK


@pytest.mark.parametrize("name", [*FIRSTS, "rtt_ms", "max_age_ms"])
def test_duration_is_at_most_an_hour(name: str) -> None:
    lie: dict[str, Any] = {name: 2.0**53}
    assert getattr(clamped(replace(HONEST, **lie), 20.0), name) == MS_MAX


def test_lags_are_no_more_than_streams_deliver_in_the_time() -> None:
    lie = replace(HONEST, lag_ms={"stream": (HUGE,) * (BUCKETS + 1), "poll": (HUGE,) * (BUCKETS + 1)})
    found = clamped(lie, 30.0).lag_ms
    assert 0 < sum(sum(one[:BUCKETS]) for one in found.values()) <= 30.0 * UPDATES_PER_S


@pytest.mark.parametrize(("given", "kept"), [(0.0, 5_000.0), (7_000.0, 7_000.0), (HUGE, 10_000.0)])
def test_sum_of_lags_fits_its_buckets(given: float, kept: float) -> None:
    """Two statuses of 2.5 to 5 seconds."""
    counts = lags(b13=2)[:BUCKETS]
    assert EDGES_MS[12:14] == (2_500.0, 5_000.0)
    found = clamped(replace(HONEST, lag_ms={"stream": (*counts, given)}), 40.0)
    assert found.lag_ms["stream"][BUCKETS] == kept


def test_fraction_of_a_status_is_none() -> None:
    assert clamped(replace(HONEST, lag_ms={"stream": (0.9,) * (BUCKETS + 1)}), 40.0).lag_ms == {}


amounts = st.floats(0, 2.0**53)
pairs = st.tuples(amounts, amounts)
modes = st.sampled_from(["stream", "wait", "poll", "none"])
reports = st.builds(
    Report,
    elapsed_s=amounts,
    seconds=st.dictionaries(modes, pairs),
    allowed=pairs,
    lag_ms=st.dictionaries(modes, st.tuples(*(amounts,) * (BUCKETS + 1))),
    max_age_ms=amounts,
    **{name: st.none() | amounts for name in (*FIRSTS, "rtt_ms")},
    **{name: st.integers(0, 2**31 - 1) for name in COUNTS},
)


@given(reports, st.floats(-1e6, 1e6))
def test_whatever_is_reported_is_bounded_after_it(report: Report, wall_s: float) -> None:
    found, room_s = clamped(report, wall_s), max(0.0, wall_s)
    assert found.fresh_s <= found.watched_s <= room_s + 0.01
    assert found.allowed[1] <= found.allowed[0] <= found.watched_s + 0.01
    assert sum(sum(one[:BUCKETS]) for one in found.lag_ms.values()) <= room_s * UPDATES_PER_S
    assert all(one[BUCKETS] <= sum(one[:BUCKETS]) * MS_MAX for one in found.lag_ms.values())
    assert all(getattr(found, name) <= room_s + COUNT_SLACK for name in COUNTS)
    assert harms(found) <= set(HARMS)


def test_sum_adds_what_is_added_and_keeps_what_came_first() -> None:
    more = replace(
        HONEST,
        transport="poll",
        elapsed_s=30.0,
        seconds={"poll": (10.0, 1.0)},
        allowed=(0.0, 0.0),
        first_data_ms=9.0,
        lag_ms={"stream": lags(b2=1), "poll": lags(b15=1)},
        rtt_ms=None,
        max_age_ms=9_000.0,
        held=1,
        final_lag_ms=70.0,
    )
    found = joined(HONEST, more)
    assert found == Report(
        transport="poll",
        elapsed_s=40.0,
        seconds={"stream": (38.0, 37.0), "poll": (12.0, 3.0)},
        allowed=(40.0, 39.0),
        connect_ms=12.0,
        first_data_ms=80.0,
        lag_ms={"stream": (0.0, 0.0, 6.0, *(0.0,) * (BUCKETS - 3), 17.5), "poll": lags(b15=1)},
        rtt_ms=3.0,
        max_age_ms=9_000.0,
        proven=2,
        reconnects=2,
        held=1,
        final_lag_ms=70.0,
    )


def test_sum_is_kept_as_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(HONEST), type=Report) == HONEST


NONE: dict[str, Any] = {"first_data_ms": None, "seconds": {"none": (5.0, 0.0)}, "lag_ms": {}}


@pytest.mark.parametrize(
    ("report", "found"),
    [
        ({}, set()),
        ({"held": 1}, {"mute"}),
        ({"first_data_ms": 4_999.0}, set()),
        ({"first_data_ms": 5_000.0}, {"never_established"}),
        (NONE, {"never_established"}),
        (NONE | {"seconds": {"none": (4.9, 0.0)}}, set()),
        (NONE | {"seconds": {"none": (5.0, 0.1)}}, set()),
        (NONE | {"final_lag_ms": 1.0}, set()),
        ({"final_lag_ms": 5_000.0}, set()),
        ({"final_lag_ms": 5_001.0}, {"final_late"}),
        ({"final_lag_ms": 60_000.0}, {"final_late"}),
        ({"final_lag_ms": 60_001.0}, {"final_missing"}),
        ({"fallbacks": 1}, {"fallback"}),
        ({"page_errors": 1}, {"page_error"}),
        ({"lag_ms": {"stream": lags(b0=18, b11=2)}}, {"slow"}),
        ({"lag_ms": {"stream": lags(b0=19, b11=1)}}, set()),
        ({"lag_ms": {"stream": lags(b0=18, b10=2)}}, set()),
        ({"lag_ms": {"stream": lags(b11=19)}}, set()),
        ({"lag_ms": {"poll": lags(b11=99)}}, set()),
        ({"held": 2, "fallbacks": 3, "page_errors": 1}, {"mute", "fallback", "page_error"}),
    ],
)
def test_harms_of_a_watch(report: dict[str, Any], found: set[str]) -> None:
    assert harms(replace(HONEST, **report)) == found


@pytest.mark.parametrize(
    ("late_s", "outcome"), [(0.0, "in_time"), (2.0, "in_time"), (2.1, "late"), (60.0, "late"), (60.1, "missing")]
)
def test_outcome_of_a_final_status(late_s: float, outcome: str) -> None:
    assert final_outcome(late_s) == outcome


@pytest.mark.parametrize(
    ("report", "found"),
    [
        ({}, 0),
        ({"mutes": 1, "first_event_ms": 40.0}, 1),
        ({"mutes": 2, "fallbacks": 1, "reason": "mute"}, 2),
        ({"fallbacks": 1, "reason": "network"}, 1),
        ({"fallbacks": 1, "reason": "network", "first_event_ms": 40.0}, 0),
        ({"stalls": 2, "fallbacks": 1, "reason": "stalled", "first_event_ms": 40.0}, 0),
    ],
)
def test_streams_of_a_report_that_did_not_begin(report: dict[str, Any], found: int) -> None:
    assert Report(**report).not_begun == found
