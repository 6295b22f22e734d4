"""Answers questions about a reading by metric and label."""

from playhead.metrics.metric import Metric
from playhead.metrics.metrics import Reading


class Values:
    """The values of a span."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def by(self, metric: Metric, *names: str, **only: str) -> dict[tuple[str, ...], float]:
        """The sums of a counter by the values of these labels, largest first, without zeros.

        Args:
            metric: the counter.
            names: the labels; the series that do not differ in them are added.
            only: of the series whose labels have these values.
        """
        sums: dict[tuple[str, ...], float] = {}
        for key, value in self._series(metric, only):
            assert isinstance(value, float)
            group = tuple(key[name] for name in names)
            sums[group] = sums.get(group, 0.0) + value
        return dict(sorted(((key, value) for key, value in sums.items() if value), key=lambda one: (-one[1], one[0])))

    def total(self, metric: Metric, **only: str) -> float:
        """The sum of a counter; 0 if it was never counted."""
        return sum(self.by(metric, **only).values())

    def counts(self, metric: Metric, **only: str) -> list[float]:
        """The counts of a histogram by bucket."""
        counts = [0.0] * (len(metric.edges) + 1)
        for _, value in self._series(metric, only):
            assert isinstance(value, list)
            counts = [one + other for one, other in zip(counts, value, strict=False)]  # the last is the sum
        return counts

    def gauge(self, metric: Metric) -> float | None:
        """A gauge; None if no process reports it."""
        value = self._reading.get(metric.name, {}).get("")
        return value if isinstance(value, float) else None

    def _series(self, metric: Metric, only: dict[str, str]) -> list[tuple[dict[str, str], float | list[float]]]:
        found = []
        for key, value in self._reading.get(metric.name, {}).items():
            labels = dict(zip(metric.labels, key.split(","), strict=False))
            if all(labels.get(name) == wanted for name, wanted in only.items()):
                found.append((labels, value))
        return found


def ratio(part: float, whole: float) -> float | None:
    """The share, 1 at most; None of nothing. A part may be counted just after its whole, in the next span."""
    return min(1.0, part / whole) if whole > 0 else None
