"""The objectives: what the page checks over a range, and the budgets of errors that alerts watch over 30 days."""

from dataclasses import dataclass
from enum import StrEnum

from playhead.metrics import catalog
from playhead.monitoring.sums.count import Count, count
from playhead.monitoring.sums.histogram import PROMISED_S


class CheckState(StrEnum):
    """How it goes."""

    WELL = "well"
    WARN = "warn"
    BAD = "bad"
    QUIET = "quiet"
    """Too little happened to judge."""


URGENT = (CheckState.BAD, CheckState.WARN, CheckState.WELL, CheckState.QUIET)
"""The most urgent first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A promise.

    Args:
        id: of the check.
        goal: what is promised; what misses it is a warning.
        bad: what is worse than this needs somebody now. Below the goal, or above it where less is better.
        least: with a lower count there is too little to judge.
    """

    id: str
    goal: float
    bad: float
    least: float = 1.0

    def state(self, value: float | None, count: float) -> CheckState:
        """How it goes with this value, measured from so many."""
        if value is None or count < self.least:
            return CheckState.QUIET
        sign = -1.0 if self.bad > self.goal else 1.0
        if sign * value < sign * self.bad:
            return CheckState.BAD
        return CheckState.WELL if sign * value >= sign * self.goal else CheckState.WARN


OBJECTIVES = (
    # Share of the seconds of people who may stream in which their data were fresh. 99.5 % allows 18 s an hour. A single
    # stall of 30 s makes 7 s that are not fresh: in less than ten minutes of watching it would look like an outage.
    Objective(id="uptime", goal=0.995, bad=0.99, least=600),
    # Share of statuses painted within 100 ms of their commit, where the clock's error is at most 25 ms. Below 100 of
    # them, one that a busy browser painted late misses the goal.
    Objective(id="lag", goal=0.99, bad=0.9, least=100),
    # Share of the streams of pages that brought their first event. Everywhere some people are behind proxies that hold
    # streams back, until their path is known: so the goal is lower than what is owed to all.
    Objective(id="established", goal=0.995, bad=0.95, least=50),
    # Share of final statuses painted within 2 s. None is lost for good; a page that comes back gets its one late.
    Objective(id="finals", goal=0.999, bad=0.98, least=20),
    # Share of sessions that completed, of those that completed or failed by a mistake of ours.
    Objective(id="jobs", goal=0.99, bad=0.9, least=10),
    # Seconds that the session at the head of the queue has waited: longer than ten minutes people do not wait and see.
    Objective(id="queue", goal=300, bad=600, least=0),
    # Share of requests answered with 5xx. A refusal at capacity is one, and a browser comes back from it.
    Objective(id="errors", goal=0.001, bad=0.01, least=100),
    # Tries to publish a status that the broker did not take, as in the alert PublisherDropping: of few sessions nearly
    # nothing is given up. One that waits is tried each 1.5 s: for one session, 100 are an outage of 150 s.
    Objective(id="publishing", goal=0, bad=100),
    # Seconds since the flags were last confirmed. They are asked for each second, and hold while their source is away.
    Objective(id="flags", goal=30, bad=300),
    # Mean of people's answers from 1 to 5; one who is angry among four is not a finding.
    Objective(id="people", goal=4, bad=3, least=5),
)
"""In the order of importance for somebody who watches. Below `goal` is a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What people are promised over 30 days, as a share of what is counted; the rest is the budget of errors.

    Args:
        id: of the objective; also the effect of `people_affected` that counts who missed it.
        good: the part of `total` that keeps the promise.
        objective: the share that is promised.
        aim: the share that we work for, where it is more than the promise.
    """

    id: str
    good: Count
    total: Count
    objective: float
    aim: float | None = None

    @property
    def errors(self) -> float:
        """The share that may miss the promise."""
        return 1 - self.objective


BUDGETS = (
    # Seconds watched, by whatever transport: who polls is to have fresh data, too. 0.5 % of a watch of ten minutes are
    # 3 s. The aim, 99.95 %, is 22 minutes in a month of watching.
    Budget(id="fresh", good=count(catalog.FRESH_TIME), total=count(catalog.WATCH_TIME), objective=0.995, aim=0.9995),
    # The same as the check `lag`.
    Budget(
        id="lag",
        good=count(catalog.PAINT_LAG, PROMISED_S, **catalog.SHOWN_LAGS),
        total=count(catalog.PAINT_LAG, **catalog.SHOWN_LAGS),
        objective=0.99,
    ),
    # More than the goal of the check, which judges an hour with 50 streams: there one behind a bad proxy is 2 %.
    Budget(
        id="established",
        good=count(catalog.BROWSER_EVENTS, kind=catalog.BEGUN),
        total=count(catalog.BROWSER_EVENTS, kind=catalog.TRIED),
        objective=0.999,
    ),
    # The same as the check `finals`.
    Budget(id="finals", good=count(catalog.FINALS, outcome="in_time"), total=count(catalog.FINALS), objective=0.999),
)
"""In the order of importance for somebody who watches."""
