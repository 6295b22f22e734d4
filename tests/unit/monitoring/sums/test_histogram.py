"""Numbers from histograms are those of Prometheus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.metrics.catalog import PAINT_LAG
from playhead.monitoring.sums.histogram import quantile, quantiles, within

EDGES = (0.1, 0.2, 0.5)
LAG_EDGES = PAINT_LAG.edges
COUNTS = st.lists(st.integers(0, 10**9).map(float), min_size=len(LAG_EDGES) + 1, max_size=len(LAG_EDGES) + 1)


@pytest.mark.parametrize(
    ("counts", "share", "value"),
    [
        ([0, 0, 0, 0], 0.5, None),
        ([10, 0, 0, 0], 0.5, 0.05),
        ([10, 0, 0, 0], 1.0, 0.1),
        ([0, 10, 0, 0], 0.5, 0.15),
        ([5, 5, 0, 0], 0.5, 0.1),
        ([5, 5, 0, 0], 0.75, 0.15),
        ([5, 0, 5, 0], 0.5, 0.1),
        ([5, 0, 5, 0], 0.51, 0.2 + 0.3 * 0.02),
        ([1, 1, 1, 97], 0.99, 0.5),
        ([0, 0, 0, 4], 0.01, 0.5),
    ],
)
def test_quantile_is_linear_in_its_bucket(counts: list[float], share: float, value: float | None) -> None:
    assert quantile(EDGES, counts, share) == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("counts", "share"),
    [([0, 0, 0, 0], None), ([3, 1, 0, 0], 0.75), ([0, 0, 0, 1], 0.0), ([7, 0, 0, 0], 1.0)],
)
def test_share_within_an_edge_is_exact(counts: list[float], share: float | None) -> None:
    assert within(EDGES, counts, 0.1) == share


@given(counts=COUNTS, shares=st.tuples(st.floats(0.001, 1), st.floats(0.001, 1)))
def test_higher_quantile_is_never_lower(counts: list[float], shares: tuple[float, float]) -> None:
    low, high = (quantile(LAG_EDGES, counts, share) for share in sorted(shares))
    if low is None or high is None:
        assert not any(counts)
    else:
        assert 0 < low <= high <= LAG_EDGES[-1]


@given(counts=COUNTS)
def test_numbers_of_a_histogram_agree(counts: list[float]) -> None:
    found = quantiles(LAG_EDGES, counts)
    assert found.count == sum(counts)
    if found.p50 is not None and found.p99 is not None and found.within_100_ms is not None:
        assert found.p50 <= found.p99
        if found.p50 <= 99.99:
            assert found.within_100_ms >= 0.5 - 1e-9
        if found.p99 > 100.01:
            assert found.within_100_ms <= 0.99 + 1e-9
