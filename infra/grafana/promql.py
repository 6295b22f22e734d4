"""Writes PromQL over the catalog's metrics: a name, a label or a value that the catalog lacks is an error here."""

from collections.abc import Sequence

from playhead.metrics.metric import Across, Kind, Metric

RATE = "$__rate_interval"
"""Four scrapes or the step of the graph, whichever is longer; Grafana knows both."""
RANGE = "$__range"
"""All that the dashboard shows."""
INSTANCE = 'instance=~"$instance"'
LE = "le"


def total(metric: Metric, *by: str, over: str = RATE, per_s: bool = True, **values: str) -> str:
    """The increase of a counter in all instances, a second or in all of `over`; a line for each value of `by`."""
    _must_be(metric, Kind.COUNTER)
    return _sum(_increase(_samples(metric, "_total", values), over, per_s), metric, by)


def count(metric: Metric, *by: str, over: str = RATE, per_s: bool = True, **values: str) -> str:
    """The same of how many values a histogram has counted."""
    _must_be(metric, Kind.HISTOGRAM)
    return _sum(_increase(_samples(metric, "_count", values), over, per_s), metric, by)


def below(metric: Metric, edge_s: float, over: str = RATE, **values: str) -> str:
    """How many values of a histogram are at most one of its edges."""
    _must_be(metric, Kind.HISTOGRAM)
    assert edge_s in metric.edges, f"{metric.name} has no edge at {edge_s}"
    return f"sum({_increase(_samples(metric, '_bucket', values, le=f'{edge_s}'), over, per_s=False)})"


def quantile(of: float, metric: Metric, over: str = RATE, **values: str) -> str:
    """A quantile of a histogram over all instances."""
    _must_be(metric, Kind.HISTOGRAM)
    return (
        f"histogram_quantile({of}, sum by ({LE}) ({_increase(_samples(metric, '_bucket', values), over, per_s=True)}))"
    )


def gauge(metric: Metric) -> str:
    """A gauge over all instances, added up or the highest as the catalog has it."""
    _must_be(metric, Kind.GAUGE)
    return f"{'max' if metric.across is Across.MAX else 'sum'}({_samples(metric, '', {})})"


def process(name: str) -> str:
    """A metric that every process has by its Prometheus client, for each instance."""
    return f"{name}{{{INSTANCE}}}"


def ratio(part: str, whole: str) -> str:
    """A share. Without a whole it is no number, which is drawn as a gap."""
    return f"{part} / {whole}"


def _sum(expression: str, metric: Metric, by: Sequence[str]) -> str:
    unknown = set(by) - metric.labels.keys()
    assert not unknown, f"{metric.name} has no label {unknown}"
    return f"sum by ({', '.join(by)}) ({expression})" if by else f"sum({expression})"


def _increase(samples: str, over: str, per_s: bool) -> str:
    return f"{'rate' if per_s else 'increase'}({samples}[{over}])"


def _samples(metric: Metric, suffix: str, values: dict[str, str], **more: str) -> str:
    for label, value in values.items():
        assert value in metric.labels[label], f"{metric.name} has no {label} {value}"
    matchers = [f'{label}="{value}"' for label, value in (values | more).items()]
    return f"{metric.full_name}{suffix}{{{', '.join([INSTANCE, *matchers])}}}"


def _must_be(metric: Metric, kind: Kind) -> None:
    assert metric.kind is kind, f"{metric.name} is a {metric.kind}"
