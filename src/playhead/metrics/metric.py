"""A metric: its name, kind and unit, and the closed sets of its labels' values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product

NAMESPACE = "playhead"
OTHER = "other"
"""The value of a label that is none of its set, so that nothing from outside makes a new series."""


class Kind(StrEnum):
    """The kind of a metric, as Prometheus names it."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Across(StrEnum):
    """How the values of a gauge in several processes make one for the site."""

    SUM = "sum"
    MAX = "max"
    """For what all processes see alike, such as the depth of the queue, and for the worst of all."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """A metric.

    Args:
        name: without the namespace, and for a counter without `_total`; with its base unit (seconds, bytes, ratio).
        text: what it counts, one sentence without a full stop.
        labels: each label with all of its values; `OTHER` is added to each set.
        edges: the upper bounds of a histogram's buckets, ascending, without infinity.
        across: of a gauge.
    """

    name: str
    kind: Kind
    text: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    edges: Sequence[float] = ()
    across: Across = Across.SUM

    keys: Mapping[tuple[str, ...], str] = field(init=False, repr=False)
    """The key of each series that is expected, by its labels' values in the order of `labels`: joined by commas."""

    def __post_init__(self) -> None:
        assert not any("," in value for allowed in self.labels.values() for value in allowed)
        keys = {values: ",".join(values) for values in product(*self.labels.values())}
        object.__setattr__(self, "keys", keys)

    @property
    def full_name(self) -> str:
        """The name in Prometheus, without suffix."""
        return f"{NAMESPACE}_{self.name}"

    def key(self, values: tuple[str, ...]) -> str:
        """The key of the series with these label values; a value that is none of its set counts as `OTHER`."""
        found = self.keys.get(values)
        return found if found is not None else self._other(values)

    def has(self, key: str) -> bool:
        """Whether `key` can make this key."""
        values = tuple(key.split(",")) if self.labels else ()
        return len(values) == len(self.labels) and self.key(values) == key

    @property
    def series_max(self) -> int:
        """The most samples that it can have in one process."""
        count = 1
        for allowed in self.labels.values():
            count *= len(allowed) + 1
        return count * (len(self.edges) + 3 if self.kind is Kind.HISTOGRAM else 1)

    def _other(self, values: tuple[str, ...]) -> str:
        pairs = zip(values, self.labels.values(), strict=True)
        return ",".join(value if value in allowed else OTHER for value, allowed in pairs)
