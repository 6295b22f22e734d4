"""The counts of what streams wrote: the writes of one delivery are spread over their buckets."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import isfinite

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from playhead.live.observer import LAG_EDGES, Written
from tests.unit.live.documents import a_job

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
CHANGED = AT.timestamp()
STATUS = a_job(updated_at=AT)
BUCKETS = len(LAG_EDGES) + 1

ROUNDED_S = 1e-5
"""Beside an edge the rounding of a time of today decides: 0.2 µs."""

lags = st.floats(-5.0, 30.0)
durations = st.just(0.0) | st.floats(0.01, 2.0)


@given(writes=st.integers(1, 2000), lag_s=lags, took_s=durations)
def test_writes_are_counted_as_evenly_spread(writes: int, lag_s: float, took_s: float) -> None:
    assume(all(abs(end - edge) > ROUNDED_S for edge in LAG_EDGES for end in (lag_s, lag_s + took_s)))
    written = Written()
    written.count_lags(STATUS, writes, CHANGED + lag_s, CHANGED + lag_s + took_s)
    expected = [0] * BUCKETS
    for number in range(writes):
        expected[bisect_left(LAG_EDGES, lag_s + took_s * (number + 0.5) / writes)] += 1
    assert sum(written.lags) == writes
    both = zip(accumulate(written.lags), accumulate(expected), strict=True)
    assert all(abs(found - exact) <= 1 for found, exact in both)
    assert written.lag_s == pytest.approx(max(0.0, writes * (lag_s + took_s / 2)), abs=1e-3)


@given(writes=st.integers(1, 50), first=lags, last=lags)
def test_no_write_is_lost_if_the_clock_was_set_meanwhile(writes: int, first: float, last: float) -> None:
    written = Written()
    written.count_lags(STATUS, writes, CHANGED + first, CHANGED + last)
    assert sum(written.lags) == writes
    assert min(written.lags) >= 0
    assert written.lag_s >= 0.0


@pytest.mark.parametrize("bucket", range(BUCKETS))
def test_single_write_is_in_the_bucket_of_its_lag(bucket: int) -> None:
    written = Written()
    lag_s = (*LAG_EDGES, 100.0)[bucket] * 0.99
    written.count_lags(STATUS, 1, CHANGED + lag_s, CHANGED + lag_s)
    assert written.lags == [0] * bucket + [1] + [0] * (BUCKETS - 1 - bucket)
    assert written.lag_s == pytest.approx(lag_s, abs=1e-6)


def test_each_status_has_a_time_of_its_own() -> None:
    written = Written()
    for lag_s in (0.003, 0.3, 0.003):
        status = a_job(updated_at=AT - timedelta(seconds=lag_s))
        written.count_lags(status, 1, CHANGED, CHANGED)
    assert [number for number in written.lags if number] == [2, 1]


@pytest.mark.parametrize(("max_s", "counted"), [(59.0, 0), (61.0, 1)])
def test_lag_that_is_longer_than_the_stream_does_not_count(max_s: float, counted: int) -> None:
    written = Written()
    written.count_lags(STATUS, 1, CHANGED + 60, CHANGED + 60, max_s)
    assert sum(written.lags) == counted


@pytest.mark.parametrize("moment", [datetime(1, 1, 1), datetime(9999, 12, 31)])  # noqa: DTZ001 - as garbage in Redis
def test_time_that_is_none_harms_nobody(moment: datetime) -> None:
    written = Written()
    status = a_job(updated_at=moment)
    for _ in range(2):
        written.count_lags(status, 3, CHANGED, CHANGED + 0.01)
    assert isfinite(written.lag_s)
    assert sum(written.lags) in (0, 6)
