"""Sums up answers, in pure functions: means by mode and by step of time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from playhead.monitoring.feedback.repository import Count

Range = Literal["week", "month", "quarter"]
STEPS: dict[Range, tuple[int, timedelta]] = {
    "week": (7, timedelta(days=1)),
    "month": (30, timedelta(days=1)),
    "quarter": (13, timedelta(days=7)),
}
"""How many steps a range has, and how long one is. A quarter is 91 days, and answers are kept for 90."""
RATINGS = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Rated:
    """How many ratings there are, how many of each (1 to 5), and their mean; None without any."""

    count: int
    by_rating: tuple[int, ...]
    mean: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Ratings in all, by mode (the most frequent first) and by step, and how often nobody answered."""

    all: Rated
    unanswered: int
    by_mode: dict[str, Rated]
    steps: list[Rated]


def edges_until(end: datetime, span: Range) -> list[datetime]:
    """The edges of the steps of `span` until `end`, oldest first: one more than there are steps."""
    count, step = STEPS[span]
    return [end - step * back for back in reversed(range(count + 1))]


def summed_up(found: Sequence[Count], steps: int) -> Summary:
    """Sums up counts of `steps` steps."""
    by_mode = {mode: _rated(one for one in found if one.mode == mode) for mode in {one.mode for one in found}}
    rated = sorted(((mode, one) for mode, one in by_mode.items() if one.count), key=lambda pair: -pair[1].count)
    return Summary(
        all=_rated(found),
        unanswered=sum(one.count for one in found if one.rating is None),
        by_mode=dict(rated),
        steps=[_rated(one for one in found if one.step == step) for step in range(steps)],
    )


def _rated(found: Iterable[Count]) -> Rated:
    by_rating = dict.fromkeys(RATINGS, 0)
    for one in found:
        if one.rating is not None:
            by_rating[one.rating] += one.count
    count = sum(by_rating.values())
    total = sum(rating * many for rating, many in by_rating.items())
    return Rated(count, tuple(by_rating.values()), round(total / count, 3) if count else None)
