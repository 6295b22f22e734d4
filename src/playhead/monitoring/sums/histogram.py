"""Reads numbers from a histogram as PromQL does, so that this page and Grafana show the same."""

from collections.abc import Sequence

import msgspec

PROMISED_S = 0.1
"""The lag that is promised; an edge of every histogram."""


class Quantiles(msgspec.Struct):
    """Times in ms, the share within 100 ms, and how many were measured; null without any."""

    p50: float | None
    p95: float | None
    p99: float | None
    within_100_ms: float | None
    count: int


def quantile(edges: Sequence[float], counts: Sequence[float], share: float) -> float | None:
    """The value below which this share of the values is, as `histogram_quantile`: linear within a bucket.

    Args:
        edges: upper bounds of the buckets but the last, ascending and above 0.
        counts: of each bucket; the last one has no upper bound, and of its values the highest edge is returned.
        share: above 0, 1 at most.

    Returns:
        None without values.
    """
    total = sum(counts)
    if not total:
        return None
    rank, below, low = share * total, 0.0, 0.0
    for edge, count in zip(edges, counts, strict=False):
        if below + count >= rank:
            return low + (edge - low) * (rank - below) / count
        below, low = below + count, edge
    return edges[-1]


def within(edges: Sequence[float], counts: Sequence[float], edge: float) -> float | None:
    """The share of the values that are at most `edge`, which is one of the edges; None without values."""
    total = sum(counts)
    return sum(counts[: edges.index(edge) + 1]) / total if total else None


def quantiles(edges: Sequence[float], counts: Sequence[float]) -> Quantiles:
    """The numbers that the page shows of a histogram of seconds."""
    p50, p95, p99 = (in_ms(quantile(edges, counts, share)) for share in (0.5, 0.95, 0.99))
    share = within(edges, counts, PROMISED_S)
    return Quantiles(p50=p50, p95=p95, p99=p99, within_100_ms=share, count=round(sum(counts)))


def in_ms(value_s: float | None) -> float | None:
    """The same in ms."""
    return None if value_s is None else value_s * 1000
