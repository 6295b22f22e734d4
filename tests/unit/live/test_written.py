"""The counts of what streams wrote: each moment of a delivery is in its bucket."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.live.observer import LAG_EDGES, Written
from tests.unit.live.documents import a_job

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
CHANGED = AT.timestamp()
NO_EDGE = 1e-5
"""Seconds around an edge in which rounding decides."""

Lags = st.lists(st.floats(-5.0, 30.0), min_size=1, max_size=50).map(sorted)


def away_from_edges(lags: list[float]) -> bool:
    return all(abs(lag - edge) > NO_EDGE for lag in lags for edge in LAG_EDGES)


@given(lags=Lags.filter(away_from_edges))
def test_moments_of_one_delivery_are_counted_each_in_its_bucket(lags: list[float]) -> None:
    written = Written()
    written.moments += [CHANGED + lag for lag in lags]
    written.count_moments(a_job(updated_at=AT))
    expected = [0] * (len(LAG_EDGES) + 1)
    for lag in lags:
        expected[bisect_left(LAG_EDGES, lag)] += 1
    assert written.lags == expected
    assert written.events == len(lags)
    assert written.lag_s == pytest.approx(max(0.0, sum(lags)), abs=1e-3)


@given(lags=st.lists(st.floats(-5.0, 30.0), min_size=1, max_size=50))
def test_no_moment_is_lost_if_the_clock_was_set_back_meanwhile(lags: list[float]) -> None:
    written = Written()
    written.moments += [CHANGED + lag for lag in lags]
    written.count_moments(a_job(updated_at=AT))
    assert sum(written.lags) == written.events == len(lags)


def test_moments_count_once() -> None:
    written = Written()
    written.moments.append(CHANGED)
    for _ in range(2):
        written.count_moments(a_job(updated_at=AT))
    assert written.events == sum(written.lags) == 1


@pytest.mark.parametrize(("age_s", "counted"), [(59.0, 0), (61.0, 1)])
def test_lag_that_is_longer_than_the_stream_does_not_count(age_s: float, counted: int) -> None:
    written = Written()
    written.count_lags(a_job(updated_at=AT - timedelta(seconds=60)), [CHANGED], age_s)
    assert sum(written.lags) == counted


@pytest.mark.parametrize("moment", [datetime(1, 1, 1), datetime(9999, 12, 31)])  # noqa: DTZ001 - as garbage in Redis
def test_time_that_is_none_harms_nobody(moment: datetime) -> None:
    written = Written()
    written.moments.append(CHANGED)
    written.count_moments(a_job(updated_at=moment))
    assert (written.events, written.moments, written.lag_s) == (1, [], 0.0)
