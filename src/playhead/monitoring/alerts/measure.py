"""Holds conditions against the sums, in pure functions.

A window of so many seconds has the present minute so far and the whole minutes before it. A row that is in part within
a window counts with that part.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import NamedTuple

from playhead.monitoring.alerts.conditions import (
    Above,
    Absent,
    Burns,
    Condition,
    Increase,
    Jump,
    NotScraped,
    Share,
    Window,
)
from playhead.monitoring.alerts.table import ALERTS, Alert
from playhead.monitoring.sums.count import Count
from playhead.monitoring.sums.reading import MINUTE_S, Part
from playhead.monitoring.sums.values import Values, ratio


class Measured(NamedTuple):
    """The value of a condition, None without data, and whether it holds."""

    value: float | None
    holds: bool


class Tally(NamedTuple):
    """What was counted in a span."""

    begins_s: float
    """Seconds since 1970."""
    span_s: float
    numbers: Sequence[tuple[int, float]]
    """Of each count that is not 0: its index in `Tallies.counts`, and how many."""


class Tallies:
    """Reads the counts of some alerts from readings: each row once, whatever windows it is in."""

    def __init__(self, alerts: Iterable[Alert] = ALERTS) -> None:
        found = (one for alert in alerts for one in _counts(alert.condition))
        self.counts: Mapping[Count, int] = {one: index for index, one in enumerate(dict.fromkeys(found))}
        self._of_metric: dict[str, list[Count]] = {}
        for one in self.counts:
            self._of_metric.setdefault(one.metric.name, []).append(one)
        self._of_series: dict[tuple[str, str], list[Count]] = {}

    def tally(self, part: Part) -> Tally:
        """The counts of a span."""
        numbers: dict[int, float] = {}
        for name in self._of_metric.keys() & part.reading.keys():
            for key, value in part.reading[name].items():
                for one in self._with(name, key):
                    index = self.counts[one]
                    numbers[index] = numbers.get(index, 0.0) + one.of(value)
        return Tally(part.begins_at.timestamp(), part.span_s, [*numbers.items()])

    def joined(self, tallies: Sequence[Tally], begins_s: float, span_s: float) -> Tally:
        """Several as one of this span."""
        numbers: dict[int, float] = {}
        for one in tallies:
            for index, number in one.numbers:
                numbers[index] = numbers.get(index, 0.0) + number
        return Tally(begins_s, span_s, [*numbers.items()])

    def _with(self, name: str, key: str) -> list[Count]:
        """The counts that a series adds to."""
        found = self._of_series.get((name, key))
        if found is None:
            found = self._of_series[name, key] = [one for one in self._of_metric[name] if one.has(key)]
        return found


class Sums:
    """The sums at a moment.

    Args:
        tallies: the reader of the counts.
        rows: what was counted, of the time that the windows need, in any order.
        gauges: those of the processes that run, together.
        now_s: the moment, in seconds since 1970, by the database's clock.
    """

    def __init__(self, tallies: Tallies, rows: Sequence[Tally], gauges: Values, now_s: float) -> None:
        self._tallies = tallies
        self._rows = rows
        self._end_s = now_s // MINUTE_S * MINUTE_S + MINUTE_S
        self._windows: dict[tuple[float, float], list[float]] = {}
        self.gauges = gauges

    def over(self, count: Count, window_s: float, before_s: float = 0.0) -> float:
        """What was counted within a window that ends now, or `before_s` ago."""
        return self._window(window_s, before_s)[self._tallies.counts[count]]

    def _window(self, window_s: float, before_s: float) -> list[float]:
        if (found := self._windows.get((window_s, before_s))) is not None:
            return found
        end_s = self._end_s - before_s - (MINUTE_S if before_s else 0)
        begin_s = self._end_s - MINUTE_S - before_s - window_s
        total = [0.0] * len(self._tallies.counts)
        for one in self._rows:
            within_s = min(end_s, one.begins_s + one.span_s) - max(begin_s, one.begins_s)
            if within_s > 0:
                part = within_s / one.span_s
                for index, number in one.numbers:
                    total[index] += number * part
        self._windows[window_s, before_s] = total
        return total


def measured(condition: Condition, sums: Sums) -> Measured:
    """The value of a condition, and whether it holds."""
    match condition:
        case Burns():
            return _burns(condition, sums)
        case Share():
            part, whole = sums.over(condition.part, condition.over_s), sums.over(condition.whole, condition.over_s)
            share = ratio(part, whole)
            return Measured(share, share is not None and share > condition.limit and part >= condition.least)
        case Jump():
            return _jumps(condition, sums)
        case Increase():
            grown = sums.over(condition.count, condition.over_s)
            return Measured(grown, grown > condition.limit)
        case Above():
            value = sums.gauges.gauge(condition.gauge)
            return Measured(value, value is not None and value > condition.limit)
        case Absent():
            before = sums.over(condition.count, condition.before_s, condition.over_s)
            return Measured(0.0, before > 0 and not sums.over(condition.count, condition.over_s))
        case NotScraped():
            return Measured(None, holds=False)


def _burns(condition: Burns, sums: Sums) -> Measured:
    shares = []
    for window in condition.windows:
        limit = window.factor * condition.budget.errors
        long, short = (_errors(condition, sums, length_s) for length_s in (window.long_s, window.short_s))
        shares.append(long)
        if long is None or short is None or long <= limit or short <= limit:
            continue
        if _are_several(condition, window, sums):
            return Measured(long, holds=True)
    return Measured(shares[0], holds=False)


def _are_several(condition: Burns, window: Window, sums: Sums) -> bool:
    """Whether the errors are those of several people, where one alone can make a large part of them."""
    affected, watched = (sums.over(one, window.long_s) for one in (condition.affected, condition.watched))
    return affected >= window.people and (affected >= window.many or affected > condition.part * watched)


def _errors(condition: Burns, sums: Sums, length_s: float) -> float | None:
    """The share of errors. What is good may be counted just after its whole, in the next span."""
    good, total = sums.over(condition.budget.good, length_s), sums.over(condition.budget.total, length_s)
    share = ratio(good, total)
    return None if share is None else 1 - share


def _jumps(condition: Jump, sums: Sums) -> Measured:
    over_s, before_s = condition.over_s, condition.before_s
    share = ratio(sums.over(condition.part, over_s), sums.over(condition.whole, over_s))
    before = ratio(sums.over(condition.part, before_s, over_s), sums.over(condition.whole, before_s, over_s))
    if share is None or before is None:
        return Measured(share, holds=False)
    is_more = share > condition.times * before and share > before + condition.points
    return Measured(share, is_more and sums.over(condition.guard, over_s) >= condition.least)


def _counts(condition: Condition) -> list[Count]:
    """The counts that a condition names."""
    held = [getattr(condition, one.name) for one in fields(condition)]
    budgets = [condition.budget.good, condition.budget.total] if isinstance(condition, Burns) else []
    return [one for one in (*held, *budgets) if isinstance(one, Count)]


def longest_s(alerts: Iterable[Alert] = ALERTS) -> int:
    """How far back the conditions look, in seconds."""
    return max(_reach_s(one.condition) for one in alerts)


def _reach_s(condition: Condition) -> int:
    match condition:
        case Burns():
            return max(window.long_s for window in condition.windows)
        case Jump() | Absent():
            return condition.over_s + condition.before_s
        case Share() | Increase():
            return condition.over_s
        case Above() | NotScraped():
            return 0
