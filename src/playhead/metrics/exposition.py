"""Writes the metrics of a process as Prometheus text."""

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from playhead.metrics.metric import Kind, Metric
from playhead.metrics.metrics import Metrics


class Exposition:
    """Writes the metrics of `metrics`, and what every Python process has: CPU, memory, descriptors, collections."""

    def __init__(self, metrics: Metrics) -> None:
        self._registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._registry.register(_Families(metrics))

    def text(self, accept: str = "") -> tuple[bytes, str]:
        """The text and its content type, in the format that an `Accept` header asks for. About 10 ms: use a thread."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


class _Families(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Family]:
        for metric, series in self._metrics.collect().items():
            yield _family(metric, [(key.split(",") if metric.labels else [], value) for key, value in series.items()])


def _family(metric: Metric, series: Iterable[tuple[Sequence[str], float | list[float]]]) -> Family:
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
