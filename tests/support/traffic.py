"""A site with few people, by the minute: what its pages and its canary would report, for the pure evaluator."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from playhead.metrics import catalog as c
from playhead.metrics.metric import Metric
from playhead.metrics.metrics import Reading
from playhead.monitoring.alerts.incidents import AlertState, State
from playhead.monitoring.alerts.judge import judge
from playhead.monitoring.alerts.measure import Sums, Tallies, Tally, measured
from playhead.monitoring.alerts.table import Alert
from playhead.monitoring.sums.reading import Part
from playhead.monitoring.sums.values import Values

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
LATE, IN_TIME = 0.3, 0.03
"""Seconds from a status to its paint."""
HOUR, DAY, WEEK = 60, 1440, 10_080
"""In minutes."""
ONE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Luck:
    """What a watch is like: shares of what goes wrong in it."""

    old: float = 0.0
    """Of its seconds, without fresh data."""
    late: float = 0.0
    """Of its statuses, painted after 300 ms."""
    lost: float = 0.0
    """Of its streams, without a first event."""
    is_final_late: bool = False
    falls_back: bool = False


class Traffic:
    """What is counted in each minute."""

    def __init__(self, seed: int, weeks: float) -> None:
        self.random = random.Random(seed)
        self.minutes = round(weeks * WEEK)
        self._readings: dict[int, Reading] = defaultdict(dict)
        self._counted: dict[tuple[str, str], int] = {}
        self.affected: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, minute: int, metric: Metric, amount: float = 1.0, *labels: str) -> None:
        series = self._readings[minute].setdefault(metric.name, {})
        before = series.get(key := metric.key(labels), 0.0)
        assert isinstance(before, float)
        series[key] = before + amount

    def watch(self, begin: int, minutes: int, luck: Luck, person: str) -> None:
        """A person follows a session, with a status a second, and a stream each three minutes."""
        self._affect(begin, person, "watched", is_so=True)
        for minute in range(begin, min(begin + minutes, self.minutes)):
            self.add(minute, c.WATCH_TIME, ONE_S, "stream", "browser")
            self.add(minute, c.FRESH_TIME, ONE_S * (1 - luck.old), "stream", "browser")
            self._paint(minute, round(ONE_S * luck.late), round(ONE_S * (1 - luck.old)))
            self._stream(minute, luck)
            self._affect(minute, person, "fresh", is_so=ONE_S * luck.old >= 5)
            self._affect(minute, person, "lag", is_so=luck.late > 0.1)
            self._affect(minute, person, "established", is_so=luck.lost > 0.5)
        end = min(begin + minutes, self.minutes - 1)
        self.add(end, c.WATCHES, 1.0, "browser")
        self.add(end, c.FINALS, 1.0, "late" if luck.is_final_late else "in_time", "browser")
        self._affect(end, person, "finals", is_so=luck.is_final_late)
        if luck.falls_back:
            self.add(end, c.HARMED, 1.0, "fallback", "yes")
            self._affect(end, person, "fallback", is_so=True)

    def readings(self) -> list[Reading]:
        """What is counted in each minute, after a moment in which nothing was."""
        return [{}, *(self._readings.get(minute, {}) for minute in range(self.minutes))]

    def tallies(self, tallies: Tallies) -> list[Tally]:
        """The rows of the minutes in which something was counted, in the order of time."""
        return [
            tallies.tally(Part(BEGIN + timedelta(minutes=minute), 60, self._readings[minute]))
            for minute in sorted(self._readings)
        ]

    def _paint(self, minute: int, late: int, all_of_them: int) -> None:
        series = self._readings[minute].setdefault(c.PAINT_LAG.name, {})
        held = series.setdefault("stream,yes", [0.0] * (len(c.PAINT_LAG.edges) + 2))
        assert isinstance(held, list)
        held[c.PAINT_LAG.edges.index(0.05)] += max(0, all_of_them - late)
        held[c.PAINT_LAG.edges.index(0.5)] += late

    def _stream(self, minute: int, luck: Luck) -> None:
        if self.random.random() < 1 / 3:
            self.add(minute, c.BROWSER_EVENTS, 1.0, "not_begun" if self.random.random() < luck.lost else "proven")

    def _affect(self, minute: int, person: str, what: str, *, is_so: bool) -> None:
        """Once in six hours, as `watches.affected`."""
        if is_so and minute - self._counted.get((person, what), -DAY) >= 6 * HOUR:
            self._counted[person, what] = minute
            self.add(minute, c.AFFECTED, 1.0, what)
            self.affected[minute][what] += 1


def as_promised(traffic: Traffic, part: float = 1.0) -> Luck:
    """A watch of a site that misses what it promises by so much of its budgets, in bursts.

    A quarter of a watch has old data in 1 of 50 watches, a third of its statuses are late in 3 of 100, and of streams
    and finals 1 in 1,000 is lost.
    """
    draw = traffic.random.random
    return Luck(
        old=0.25 if draw() < 0.02 * part else 0.0,
        late=0.33 if draw() < 0.03 * part else 0.0,
        lost=0.001 * part,
        is_final_late=draw() < 0.001 * part,
        falls_back=draw() < 0.02,
    )


def visit(traffic: Traffic, per_hour: float, begin: int = 0, end: int | None = None) -> Iterator[tuple[int, int, str]]:
    """People who come at random, half of them at night a third as often; each follows one session or several, for 2 to
    15 minutes each."""
    minute = float(begin)
    number = 0
    while per_hour:
        minute += traffic.random.expovariate(per_hour / 60)
        if minute >= (traffic.minutes if end is None else end):
            return
        for _ in range(1 + (traffic.random.random() < 0.2) * traffic.random.randint(1, 3)):
            yield int(minute), traffic.random.randint(2, 15), f"{begin} {number}"
        number += 1


def unlucky(traffic: Traffic, begin: int, hours: float, sessions: int) -> None:
    """One person whose network is bad for hours: several sessions, all windows of which get nothing in time."""
    bad = Luck(old=0.8, late=1.0, lost=0.9, is_final_late=True, falls_back=True)
    for _ in range(sessions):
        traffic.watch(begin, round(hours * HOUR), bad, f"unlucky {begin}")


def rounds(traffic: Traffic, fails: Callable[[int, str], bool]) -> None:
    """A canary, which follows a session of its own each minute, by each leg; `fails` gets the minute and the leg."""
    for minute in range(traffic.minutes):
        for leg in ("stream", "poll"):
            traffic.add(minute, c.CANARY_ROUNDS, 1.0, leg, "failed" if fails(minute, leg) else "passed")


def firings(
    alerts: Sequence[Alert], rows: Sequence[Tally], tallies: Tallies, minutes: Iterable[int], reach_s: int
) -> Iterator[tuple[str, int]]:
    """Looks at these minutes; yields which alerts fire, and when.

    Args:
        alerts: those that are looked at.
        rows: in the order of time.
        tallies: that read the rows.
        minutes: of the looks, in the order of time.
        reach_s: how far back the conditions look.
    """
    states: dict[str, AlertState] = {}
    first = last = 0
    for minute in minutes:
        now = BEGIN + timedelta(minutes=minute)
        now_s = now.timestamp()
        while last < len(rows) and rows[last].begins_s <= now_s:
            last += 1
        while first < last and rows[first].begins_s < now_s - reach_s - 60:
            first += 1
        sums = Sums(tallies, rows[first:last], Values({}), now_s)
        for alert in alerts:
            before = states.get(alert.name)
            after = states[alert.name] = judge(alert, before, measured(alert.condition, sums), now)
            if after.state is State.FIRING and (before is None or before.state is not State.FIRING):
                yield alert.name, minute
