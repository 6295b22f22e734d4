"""Writes PromQL over the catalog's metrics: a name, a label or a value that the catalog lacks is an error here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playhead.metrics.metric import Across, Kind, Metric
from playhead.monitoring.sums.count import Count

LE = "le"
Values = Mapping[str, str | tuple[str, ...]]
"""The values of labels that a query is of."""


@dataclass(frozen=True, slots=True)
class Queries:
    """Writes queries of one kind.

    Args:
        over: the time of an increase, unless a query has its own.
        only: a matcher of labels that each selector has.
    """

    over: str
    only: str = ""

    def total(self, metric: Metric, *by: str, over: str = "", per_s: bool = True, **values: str) -> str:
        """The increase of a counter in all instances, a second or in all of `over`; a line for each value of `by`."""
        _must_be(metric, Kind.COUNTER)
        return _sum(self._increase(metric, "_total", over, per_s, values), metric, by)

    def count(self, metric: Metric, *by: str, over: str = "", per_s: bool = True, **values: str) -> str:
        """The same of how many values a histogram has counted."""
        _must_be(metric, Kind.HISTOGRAM)
        return _sum(self._increase(metric, "_count", over, per_s, values), metric, by)

    def below(self, metric: Metric, edge_s: float, over: str = "", **values: str) -> str:
        """How many values of a histogram are at most one of its edges."""
        _must_be(metric, Kind.HISTOGRAM)
        assert edge_s in metric.edges, f"{metric.name} has no edge at {edge_s}"
        return _sum(self._increase(metric, "_bucket", over, False, values, f"{edge_s}"), metric, ())

    def quantile(self, of: float, metric: Metric, over: str = "", **values: str) -> str:
        """A quantile of a histogram over all instances."""
        _must_be(metric, Kind.HISTOGRAM)
        buckets = self._increase(metric, "_bucket", over, True, values)
        return f"histogram_quantile({of}, sum by ({LE}) ({buckets}))"

    def counted(self, count: Count, *, over: str = "", offset: str = "", per_s: bool = False) -> str:
        """The increase of a count in all instances, or its rate; with `offset`, of a time that ended so long ago."""
        suffix = "_total" if count.metric.kind is Kind.COUNTER else "_count" if count.within_s is None else "_bucket"
        le = "" if count.within_s is None else f"{count.within_s}"
        return f"sum({self._increase(count.metric, suffix, over, per_s, dict(count.only), le, offset)})"

    def gauge(self, metric: Metric) -> str:
        """A gauge over all instances, added up or the highest as the catalog has it."""
        _must_be(metric, Kind.GAUGE)
        return f"{'max' if metric.across is Across.MAX else 'sum'}({self._samples(metric, '', {})})"

    def _increase(
        self, metric: Metric, suffix: str, over: str, per_s: bool, values: Values, le: str = "", offset: str = ""
    ) -> str:
        samples = f"{self._samples(metric, suffix, values, le)}[{over or self.over}]"
        return f"{'rate' if per_s else 'increase'}({samples}{f' offset {offset}' if offset else ''})"

    def _samples(self, metric: Metric, suffix: str, values: Values, le: str = "") -> str:
        for label, value in values.items():
            wanted = {value} if isinstance(value, str) else {*value}
            assert wanted <= {*metric.labels[label]}, f"{metric.name} has no {label} {value}"
        matchers = [self.only, *map(_matcher, values, values.values()), f'{LE}="{le}"' if le else ""]
        selector = ", ".join(filter(None, matchers))
        return f"{metric.full_name}{suffix}{f'{{{selector}}}' if selector else ''}"


def ratio(part: str, whole: str) -> str:
    """A share. Without a whole it is no number, which Grafana draws as a gap, and which no rule is true of."""
    return f"{part} / {whole}"


def _sum(expression: str, metric: Metric, by: Sequence[str]) -> str:
    unknown = set(by) - metric.labels.keys()
    assert not unknown, f"{metric.name} has no label {unknown}"
    return f"sum by ({', '.join(by)}) ({expression})" if by else f"sum({expression})"


def _must_be(metric: Metric, kind: Kind) -> None:
    assert metric.kind is kind, f"{metric.name} is a {metric.kind}"


def _matcher(label: str, value: str | tuple[str, ...]) -> str:
    if isinstance(value, str):
        return f'{label}="{value}"'
    return f'{label}="{value[0]}"' if len(value) == 1 else f'{label}=~"{"|".join(value)}"'
