"""The metrics of one process. Values are added on any thread, and read by the exposition and by the sums."""

import logging
import threading
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from math import inf

from playhead.metrics.metric import Kind, Metric

Value = float | list[float]
Reading = dict[str, dict[str, Value]]
"""The values of a process: by the metric's name, then by the key of the series. A number for a counter or gauge; for a
histogram its counts by bucket (not cumulative, the last one without an upper bound) and then the sum of its values."""
Gauge = Callable[[], float | None]

logger = logging.getLogger(__name__)


class Metrics:
    """Holds the values. `add` takes about 0.5 µs, `observe` 0.7 µs and `merge` 4 µs. Safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[Metric, dict[str, float]] = {}
        self._histograms: dict[Metric, dict[str, list[float]]] = {}
        self._gauges: dict[Metric, dict[str, Gauge]] = {}
        self._failed: set[Metric] = set()
        """Gauges whose error was logged."""

    def add(self, metric: Metric, *labels: str, amount: float = 1.0) -> None:
        """Add to a counter. Not-finite and negative amounts are ignored: a counter never falls."""
        if not 0 < amount < inf:
            return
        key = metric.key(labels)
        with self._lock:
            series = self._counters.get(metric)
            if series is None:
                series = self._counters[metric] = {}
            series[key] = series.get(key, 0.0) + amount

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Count a value in a histogram. A negative one counts as 0, one that is not finite not at all."""
        if not -inf < value < inf:
            return
        value = max(0.0, value)
        bucket = bisect_left(metric.edges, value)
        key = metric.key(labels)
        with self._lock:
            held = self._held(metric, key)
            held[bucket] += 1.0
            held[-1] += value

    def merge(self, metric: Metric, counts: Sequence[float], total: float, *labels: str) -> None:
        """Add to a histogram: counts by bucket, of `len(metric.edges) + 1`, and the sum of their values.

        Ignored as a whole if one of them is negative or not finite.

        Raises:
            ValueError: the counts are too many or too few.
        """
        values = (*counts, total)
        if len(values) != len(metric.edges) + 2:
            raise ValueError(f"{metric.name} has {len(metric.edges) + 1} buckets")
        if not all(0 <= value < inf for value in values):
            return
        key = metric.key(labels)
        with self._lock:
            held = self._held(metric, key)
            for index, value in enumerate(values):
                held[index] += value

    def gauge(self, metric: Metric, read: Gauge, *labels: str) -> None:
        """Ask `read` for the value of a gauge whenever the metrics are read, on the thread of the reader.

        None: there is no value now. An error counts as none, and the first one is logged.
        """
        with self._lock:
            self._gauges.setdefault(metric, {})[metric.key(labels)] = read

    def collect(self) -> Mapping[Metric, Mapping[str, Value]]:
        """All values at this moment, by metric and key."""
        with self._lock:
            held: dict[Metric, dict[str, Value]] = {one: {**found} for one, found in self._counters.items()}
            held |= {one: {key: [*found[key]] for key in found} for one, found in self._histograms.items()}
            gauges = [(one, [*reads.items()]) for one, reads in self._gauges.items()]
        for metric, reads in gauges:
            values = {key: value for key, read in reads if (value := self._read(metric, read)) is not None}
            if values:
                held[metric] = {**values}
        return held

    def read(self) -> Reading:
        """All values at this moment, by name and key, as they are kept and sent."""
        return {metric.name: {**series} for metric, series in self.collect().items()}

    def _held(self, metric: Metric, key: str) -> list[float]:
        """The values of a histogram's series; call it with the lock held."""
        series = self._histograms.get(metric)
        if series is None:
            series = self._histograms[metric] = {}
        held = series.get(key)
        if held is None:
            held = series[key] = [0.0] * (len(metric.edges) + 2)
        return held

    def _read(self, metric: Metric, read: Gauge) -> float | None:
        try:
            value = read()
        except Exception:
            if metric not in self._failed:
                self._failed.add(metric)
                logger.exception("the gauge %s cannot be read; further errors of it are not logged", metric.name)
            return None
        return None if value is None else float(value)


def grown(last: Reading, present: Reading, kinds: Mapping[str, Kind]) -> Reading:
    """What was added between two readings of one process, where it changed; gauges as they are now."""
    found: Reading = {}
    for name, series in present.items():
        before, is_gauge = last.get(name, {}), kinds.get(name) is Kind.GAUGE
        fresh: dict[str, Value] = {}
        for key, value in series.items():
            change = value if is_gauge else _less(value, before.get(key))
            if is_gauge or (any(change) if isinstance(change, list) else change):
                fresh[key] = change
        if fresh:
            found[name] = fresh
    return found


def _less(value: Value, before: Value | None) -> Value:
    if isinstance(value, list):
        return [one - other for one, other in zip(value, before, strict=True)] if isinstance(before, list) else value
    return value - before if isinstance(before, float) else value
