"""Queries with Grafana's variables."""

from infra.promql import Queries, ratio

__all__ = ["RANGE", "RATE", "below", "count", "counted", "gauge", "process", "quantile", "ratio", "total"]

RATE = "$__rate_interval"
"""Four scrapes or the step of the graph, whichever is longer; Grafana knows both."""
RANGE = "$__range"
"""All that the dashboard shows."""
INSTANCE = 'instance=~"$instance"'
_QUERIES = Queries(RATE, only=INSTANCE)
total, count, below = _QUERIES.total, _QUERIES.count, _QUERIES.below
counted, quantile, gauge = _QUERIES.counted, _QUERIES.quantile, _QUERIES.gauge


def process(name: str) -> str:
    """A metric that every process has by its Prometheus client, for each instance."""
    return f"{name}{{{INSTANCE}}}"
