"""The metrics of one process. Values are added on any thread, and read by the exposition and by the sums."""

import threading
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

from playhead.metrics.metric import Kind, Metric

Series = dict[str, float]
Histograms = dict[str, list[float]]
Reading = dict[str, dict[str, float | list[float]]]
"""The values of a process: by the metric's name, then by the key of the series. A number for a counter or gauge; for a
histogram its counts by bucket (not cumulative, the last one without an upper bound) and then the sum of its values."""


class Metrics:
    """Holds the values. `add`, `observe` and `merge` take about 0.4 µs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[Metric, Series] = {}
        self._histograms: dict[Metric, Histograms] = {}
        self._gauges: dict[Metric, dict[str, Callable[[], float | None]]] = {}

    def add(self, metric: Metric, *labels: str, amount: float = 1.0) -> None:
        """Add to a counter. Not-finite and negative amounts are ignored: a counter never falls."""
        if not 0 <= amount < float("inf"):
            return
        key = metric.key(labels)
        with self._lock:
            series = self._values.setdefault(metric, {})
            series[key] = series.get(key, 0.0) + amount

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Count a value in a histogram."""
        counts = [0.0] * (len(metric.edges) + 1)
        counts[bisect_left(metric.edges, value)] = 1.0
        self.merge(metric, counts, value, *labels)

    def merge(self, metric: Metric, counts: Sequence[float], total: float, *labels: str) -> None:
        """Add to a histogram: counts by bucket, of `len(metric.edges) + 1`, and the sum of their values."""
        key = metric.key(labels)
        with self._lock:
            held = self._histograms.setdefault(metric, {}).setdefault(key, [0.0] * (len(metric.edges) + 2))
            for index, count in enumerate(counts):
                held[index] += count
            held[-1] += total

    def gauge(self, metric: Metric, read: Callable[[], float | None], *labels: str) -> None:
        """Ask `read` for the value of a gauge whenever the metrics are read; None: there is none now."""
        self._gauges.setdefault(metric, {})[metric.key(labels)] = read

    def collect(self) -> Mapping[Metric, Mapping[str, float | list[float]]]:
        """All values at this moment, by metric and key."""
        with self._lock:
            held: dict[Metric, dict[str, float | list[float]]] = {one: {**found} for one, found in self._values.items()}
            held |= {one: {key: [*held] for key, held in found.items()} for one, found in self._histograms.items()}
        for metric, reads in tuple(self._gauges.items()):
            values = {key: value for key, read in tuple(reads.items()) if (value := read()) is not None}
            if values:
                held[metric] = {**values}
        return held

    def read(self) -> Reading:
        """All values at this moment, by name and key, as they are kept and sent."""
        return {metric.name: {**series} for metric, series in self.collect().items()}


def grown(last: Reading, present: Reading, kinds: Mapping[str, Kind]) -> Reading:
    """What was added between two readings of one process, where it changed; gauges as they are now."""
    found: Reading = {}
    for name, series in present.items():
        before = last.get(name, {})
        fresh: dict[str, float | list[float]] = {}
        for key, value in series.items():
            change = value if kinds.get(name) is Kind.GAUGE else _less(value, before.get(key))
            if kinds.get(name) is Kind.GAUGE or (any(change) if isinstance(change, list) else change):
                fresh[key] = change
        if fresh:
            found[name] = fresh
    return found


def _less(value: float | list[float], before: float | list[float] | None) -> float | list[float]:
    if isinstance(value, list):
        return [one - other for one, other in zip(value, before, strict=True)] if isinstance(before, list) else value
    return value - before if isinstance(before, float) else value
