"""Writes the metrics of a process as Prometheus or OpenMetrics text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from playhead.metrics.metric import Kind, Metric
from playhead.metrics.metrics import Value

Collected = Mapping[Metric, Mapping[str, Value]]
OPEN_METRICS = "application/openmetrics-text"


class Exposition:
    """Writes what `Metrics.collect` returned, and what every Python process has: CPU, memory, descriptors, collections.

    Args:
        counted: the metrics of this process. Each of their series begins at 0, so that `rate` sees the first increment.
    """

    def __init__(self, counted: Sequence[Metric]) -> None:
        self._counted = counted
        self._process = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._process)

    def text(self, collected: Collected, accept: str = "") -> tuple[bytes, str]:
        """The text, OpenMetrics if the header `Accept` names it, and its content type. Takes 10 ms: use a thread."""
        everything = _Everything(self._process, self._counted, collected)
        if OPEN_METRICS in accept:
            return openmetrics.generate_latest(everything), openmetrics.CONTENT_TYPE_LATEST  # type: ignore[no-untyped-call]
        return generate_latest(everything), CONTENT_TYPE_PLAIN_0_0_4


class _Everything(Collector):
    def __init__(self, process: Collector, counted: Sequence[Metric], collected: Collected) -> None:
        self._process, self._counted, self._collected = process, counted, collected

    def collect(self) -> Iterator[Family]:
        yield from self._process.collect()
        for metric in self._counted:
            series = _from_zero(metric, self._collected.get(metric, {}))
            if series:
                yield _family(
                    metric, [(key.split(",") if metric.labels else [], value) for key, value in series.items()]
                )


def _from_zero(metric: Metric, series: Mapping[str, Value]) -> Mapping[str, Value]:
    if metric.kind is Kind.GAUGE:
        return series
    zero: Value = [0.0] * (len(metric.edges) + 2) if metric.kind is Kind.HISTOGRAM else 0.0
    return dict.fromkeys(metric.keys.values(), zero) | {**series}


def _family(metric: Metric, series: Iterable[tuple[Sequence[str], Value]]) -> Family:
    names = list(metric.labels)
    if metric.kind is Kind.HISTOGRAM:
        histogram = HistogramMetricFamily(metric.full_name, metric.text, labels=names)
        for labels, value in series:
            assert isinstance(value, list)
            histogram.add_metric(list(labels), _cumulative(metric.edges, value[:-1]), value[-1])
        return histogram
    make = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
    family = make(metric.full_name, metric.text, labels=names)
    for labels, value in series:
        assert isinstance(value, float)
        family.add_metric(list(labels), value)
    return family


def _cumulative(edges: Sequence[float], counts: Sequence[float]) -> list[tuple[str, float]]:
    sums, total = [], 0.0
    for edge, count in zip((*edges, float("inf")), counts, strict=True):
        total += count
        sums.append((floatToGoString(edge), total))  # type: ignore[no-untyped-call]
    return sums
