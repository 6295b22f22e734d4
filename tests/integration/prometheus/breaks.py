"""What a site counts, step by step, while a condition begins to hold at one moment and ends to hold at another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from math import floor, gcd

from playhead.metrics.metric import Kind
from playhead.metrics.metrics import Reading, Value
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
from playhead.monitoring.alerts.table import Alert
from playhead.monitoring.sums.count import Count

WORSE = 1.25
"""How much worse than its limit something is, or better."""
MANY = 1e5
FLOOD = 1e9
"""So much that goes well makes the share of errors nothing, in every window at once."""


@dataclass(frozen=True, kw_only=True)
class Break:
    """A site that breaks and is mended.

    Args:
        name: what is tried.
        before: the steps before it breaks.
        first: the first step in which it is broken.
        broken: each step after that, until it is mended.
        mended: the first step after that; nothing happens after it.
        begins: how many steps after `first` the condition begins to hold.
        ends: how many steps after `mended` it does not hold any more.
        value: of the condition when its alert fires.
        last: the last value of the condition, if that is another one.
        job: its targets are away while it is broken.
        holds: whether the condition holds at all.
    """

    name: str
    before: Sequence[Reading] = field(default=({},))
    first: Reading
    broken: Reading = field(default_factory=dict)
    mended: Reading = field(default_factory=dict)
    begins: int = 0
    ends: int = 0
    value: float = 0.0
    last: float | None = None
    job: str = ""
    holds: bool = True


LASTS = 3
"""Steps for which an alert fires before the site is mended."""


class Timeline:
    """The steps of a break, and those in which something is to change. The first is step 0.

    Args:
        alert: whose condition breaks.
        found: the break.
        step_s: the length of a step.
    """

    def __init__(self, alert: Alert, found: Break, step_s: int) -> None:
        broken_at = len(found.before)
        self.holds_at = broken_at + found.begins
        self.fires_at = self.holds_at + alert.for_s // step_s
        self.mended_at = self.fires_at + LASTS
        self.ends_at = self.mended_at + found.ends
        self.resolved_at = self.ends_at + alert.keep_firing_s // step_s
        broken = [found.first, *[found.broken] * (self.mended_at - broken_at - 1)]
        rest: list[Reading] = [{}] * (self.resolved_at - self.mended_at)
        self.readings: list[Reading] = [*found.before, *broken, found.mended, *rest]


def step_of(alert: Alert) -> int:
    """The longest step of which all times of an alert are multiples, or a third of it: long windows are slow to try."""
    condition = alert.condition
    lengths = [getattr(condition, name) for name in ("over_s", "before_s") if getattr(condition, name, None)]
    if isinstance(condition, Burns):
        lengths = [length for window in condition.windows for length in (window.long_s, window.short_s)]
    step_s = gcd(alert.for_s, alert.keep_firing_s, *lengths)
    return step_s // 3 if step_s % 180 == 0 else step_s


@singledispatch
def breaks(condition: Condition, step_s: int) -> Iterator[Break]:
    """Sites in which the condition holds for a time, and some that are nearly so and in which it never holds.

    Args:
        condition: of an alert.
        step_s: the length of a step, of which every window is a multiple.
    """
    raise AssertionError(f"no break for {condition}")


@breaks.register
def _(condition: Burns, step_s: int) -> Iterator[Break]:
    for window in condition.windows:
        share = _digits(window.factor * condition.budget.errors * WORSE)
        few = floor(window.people / condition.part) - 1
        """Of so many who watched, the least number of people affected are more than the part that it takes."""
        for name, affected, watched, holds in (
            ("several of few people", window.people, few, True),
            ("many of very many", window.many, 100 * window.many, True),
            ("too few", window.people - 1, 0, False),
            ("few of many", window.people, few + 2, window.many <= window.people),
        ):
            yield _burn(condition, window, step_s, share, affected, watched, name, holds)
    mildest = condition.windows[-1]
    within = _digits(mildest.factor * condition.budget.errors / WORSE)
    yield _burn(condition, mildest, step_s, within, mildest.many, 0, "within the budget", holds=False)


def _burn(
    condition: Burns, window: Window, step_s: int, share: float, affected: int, watched: int, name: str, holds: bool
) -> Break:
    happens = _mixed(condition.budget.good, (1 - share) * MANY, condition.budget.total, MANY)
    people = _both(condition.affected, affected, condition.watched, watched)
    return Break(
        name=f"{window.long_s} s, {name}",
        first=happens | people,
        broken=happens,
        ends=window.short_s // step_s - 1,  # nothing happens any more, so the short window is empty
        value=share,
        holds=holds,
    )


@breaks.register
def _(condition: Share, step_s: int) -> Iterator[Break]:
    share = _digits(condition.limit * WORSE)
    mended = _mixed(condition.part, 0, condition.whole, FLOOD)
    for name, part, of in (
        ("enough", condition.least, share),
        ("too few", condition.least - 1, share),
        ("within the limit", 10 * condition.least, condition.limit / WORSE),
    ):
        first = _mixed(condition.part, part, condition.whole, part / of)
        yield Break(name=name, first=first, mended=mended, value=share, holds=name == "enough")


@breaks.register
def _(condition: Jump, step_s: int) -> Iterator[Break]:
    usual = 0.01
    share = _digits(max(condition.times * usual, usual + condition.points) * WORSE)
    quiet: list[Reading] = [{}] * (condition.over_s // step_s)
    mended = _mixed(condition.part, 0, condition.whole, FLOOD)
    for name, part, was in (
        ("enough", condition.least, usual),
        ("too few", condition.least - 1, usual),
        ("as before", 10 * condition.least, share),
        ("nothing before", condition.least, None),
    ):
        past = {} if was is None else _mixed(condition.part, was * MANY, condition.whole, MANY)
        first = _mixed(condition.part, part, condition.whole, part / share)
        guard = {} if condition.guard == condition.part else _counted(condition.guard, part)
        yield Break(
            name=name,
            before=[{}, past, *quiet],
            first=first | guard,
            mended=mended,
            value=share,
            holds=name == "enough",
        )


@breaks.register
def _(condition: Increase, step_s: int) -> Iterator[Break]:
    steps = condition.over_s // step_s
    grown = condition.limit + 1
    happens = _counted(condition.count, grown)
    yield Break(name="each minute", first=happens, broken=happens, ends=steps - 1, value=grown * steps, last=grown)
    yield Break(name="at the limit", first=_counted(condition.count, condition.limit), holds=False)


@breaks.register
def _(condition: Above, step_s: int) -> Iterator[Break]:
    fine: Reading = {condition.gauge.name: {"": float(condition.limit)}}
    is_share = 0 < condition.limit < 1
    above = _digits((condition.limit + 1) / 2) if is_share else condition.limit + 1
    broken: Reading = {condition.gauge.name: {"": float(above)}}
    yield Break(name="above", before=[fine], first=broken, broken=broken, mended=fine, value=above)
    yield Break(name="without a value", before=[fine], first={}, holds=False)


@breaks.register
def _(condition: Absent, step_s: int) -> Iterator[Break]:
    happens = _counted(condition.count, 1)
    begins = condition.over_s // step_s - 1
    yield Break(name="no more", before=[{}, happens, happens], first={}, mended=happens, begins=begins)
    yield Break(name="never", before=[_counted(condition.count, 0)], first={}, holds=False)
    yield Break(name="seldom", before=[{}, happens], first={}, broken=happens, holds=False)


@breaks.register
def _(condition: NotScraped, step_s: int) -> Iterator[Break]:
    yield Break(name="away", before=[{}, {}], first={}, job=condition.job)
    never = condition.before_s is None
    yield Break(name="never there", before=[], first={}, job=condition.job, holds=never)


def _counted(count: Count, amount: float) -> Reading:
    """What is counted where so much of this happens."""
    key = next(key for key in count.metric.keys.values() if count.has(key))
    return {count.metric.name: {key: _value(count, amount, 0)}}


def _both(one: Count, of_one: float, other: Count, of_other: float) -> Reading:
    """What is counted where so much of each of two things happens, which are series of one metric."""
    return {one.metric.name: _counted(one, of_one)[one.metric.name] | _counted(other, of_other)[other.metric.name]}


def _mixed(part: Count, of_part: float, whole: Count, of_whole: float) -> Reading:
    """What is counted where so much happens, and so much of it is the part."""
    metric = whole.metric
    if part.metric is not metric:
        return _counted(part, of_part) | _counted(whole, of_whole)
    if metric.kind is Kind.HISTOGRAM:
        key = next(key for key in metric.keys.values() if part.has(key))
        return {metric.name: {key: _value(whole, of_part, of_whole - of_part)}}
    ours = next(key for key in metric.keys.values() if part.has(key))
    other = next(key for key in metric.keys.values() if whole.has(key) and not part.has(key))
    return {metric.name: {ours: of_part, other: of_whole - (of_part if whole.has(ours) else 0)}}


def _value(count: Count, low: float, high: float) -> Value:
    """So many of the lowest values of a histogram and so many of the highest, or the increase of a counter."""
    if count.metric.kind is Kind.COUNTER:
        return low + high
    return [low, *[0.0] * (len(count.metric.edges) - 1), high, 0.0]


def _digits(value: float) -> float:
    """Two digits: every summary writes them alike."""
    return float(f"{value:.2g}")
