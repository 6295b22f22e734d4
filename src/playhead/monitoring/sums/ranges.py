"""The ranges that the page shows, and the steps of each."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

RangeName = Literal["now", "hour", "day", "month"]


@dataclass(frozen=True, slots=True)
class Range:
    """So many steps, of which the last is not over."""

    step_s: int
    steps: int

    def begin(self, moment: datetime) -> datetime:
        """When the first step begins; steps begin at multiples of their length, so that the past stays as it was."""
        last = moment.timestamp() // self.step_s * self.step_s
        return datetime.fromtimestamp(last, UTC) - timedelta(seconds=self.step_s * (self.steps - 1))


RANGES: dict[RangeName, Range] = {
    "now": Range(60, 10),
    "hour": Range(60, 60),
    "day": Range(900, 96),
    "month": Range(21_600, 120),
}
"""About a hundred points each: a point every ten pixels. A step of a month is six hours, which no hour is part of
two of."""
