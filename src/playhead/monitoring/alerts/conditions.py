"""The kinds of conditions of alerts, as data: `measure` holds them against the sums, and Prometheus' rules are made
of the same.

In each, `>` is strict and a least count is `>=`. Without data a condition does not hold. Times are in seconds.
"""

from dataclasses import dataclass

from playhead.metrics.metric import Kind, Metric
from playhead.monitoring.sums.count import Count
from playhead.monitoring.sums.objectives import Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How fast a budget may burn.

    Args:
        long_s: the window that decides whether it matters.
        short_s: the window that decides whether it still goes on.
        factor: both have a share of errors of more than this times the budget's.
        people: the least number of people affected within `long_s`.
        many: so many are enough; of fewer it takes a share of all who watched.
    """

    long_s: int
    short_s: int
    factor: float
    people: int
    many: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Burns:
    """The errors of an objective burn its budget too fast in one of these windows, and are those of several people.

    The value is the share of errors in the long window of the first that holds, or of the first.

    Args:
        budget: of the objective.
        windows: each with its factor and least numbers.
        affected: the people who had an error.
        watched: all people who watched.
        part: below `Window.many` people, more than this share of those who watched in `long_s` must be affected.
    """

    budget: Budget
    windows: tuple[Window, ...]
    affected: Count
    watched: Count
    part: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`part` ÷ `whole` over a window is more than `limit`, and `part` is `least` or more. The value is the share."""

    part: Count
    whole: Count
    over_s: int
    limit: float
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A share is more than `times` that of the time before, and more than `points` above it. The value is the share.

    Args:
        part: of `whole`.
        whole: must be more than 0 in both times.
        over_s: the window.
        before_s: the length of the time before it, which ends where the window begins.
        guard: what must have happened `least` times in the window.
    """

    part: Count
    whole: Count
    over_s: int
    before_s: int
    times: float
    points: float
    guard: Count
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Increase:
    """A count grew by more than `limit` over a window. The value is the increase."""

    count: Count
    over_s: int
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """A gauge over all processes, as the catalog has it, is more than `limit`. The value is the gauge."""

    gauge: Metric
    limit: float

    def __post_init__(self) -> None:
        assert self.gauge.kind is Kind.GAUGE, f"{self.gauge.name} is a {self.gauge.kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Nothing was counted over a window, but something in the time before it. The value is 0.

    Args:
        count: of any of its series.
        over_s: the window.
        before_s: the length of the time before it, which ends where the window begins.
    """

    count: Count
    over_s: int
    before_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotScraped:
    """No target of a job of Prometheus is up. Only Prometheus can see it: here it never holds.

    Args:
        job: the name of the job.
        before_s: it holds only if a target was up in this time; None: also if there never was one.
    """

    job: str
    before_s: int | None = None


Condition = Burns | Share | Jump | Increase | Above | Absent | NotScraped
