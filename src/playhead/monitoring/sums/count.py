"""Names something that is counted: some series of a counter or histogram. Objectives and alerts are made of these."""

from dataclasses import dataclass

from playhead.metrics.metric import Kind, Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The increase of these series together.

    Args:
        metric: a counter, or a histogram, of which the values are counted.
        only: labels with the values that count; the series of all values of other labels count.
        within_s: of a histogram, count only values that are at most this edge, in seconds.
    """

    metric: Metric
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()
    within_s: float | None = None

    def __post_init__(self) -> None:
        metric = self.metric
        assert metric.kind is not Kind.GAUGE, f"{metric.name} is a gauge"
        assert all(set(values) <= set(metric.labels[label]) for label, values in self.only), metric.name
        assert self.within_s is None or self.within_s in metric.edges, f"{metric.name} has no such edge"

    def has(self, key: str) -> bool:
        """Whether the series with this key is one of them."""
        labels = dict(zip(self.metric.labels, key.split(","), strict=False))
        return all(labels.get(label) in values for label, values in self.only)

    def of(self, value: float | list[float]) -> float:
        """What the value of one series adds, in the form of `metrics.Value`."""
        if not isinstance(value, list):
            return value
        edges = self.metric.edges
        return sum(value[: len(edges) + 1 if self.within_s is None else edges.index(self.within_s) + 1])


def count(metric: Metric, within_s: float | None = None, /, **only: str | tuple[str, ...]) -> Count:
    """A count of the series with these values of labels."""
    pairs = tuple((label, (values,) if isinstance(values, str) else values) for label, values in only.items())
    return Count(metric=metric, only=pairs, within_s=within_s)
