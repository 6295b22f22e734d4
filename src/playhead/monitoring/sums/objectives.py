"""The objectives in one table: what is promised, what is bad, and how much it takes to judge. Alerts use the same."""

from dataclasses import dataclass
from enum import StrEnum


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
    # Share of opened streams whose first event the server took. The rest is people who left within a moment, too, so
    # the goal is lower than what is owed to those who stay.
    Objective(id="established", goal=0.995, bad=0.95, least=50),
    # Share of final statuses painted within 2 s. None is lost for good; a page that comes back gets its one late.
    Objective(id="finals", goal=0.999, bad=0.98, least=20),
    # Share of sessions that completed, of those that completed or failed by a mistake of ours.
    Objective(id="jobs", goal=0.99, bad=0.9, least=10),
    # Seconds that the session at the head of the queue has waited: longer than ten minutes people do not wait and see.
    Objective(id="queue", goal=300, bad=600, least=0),
    # Share of requests answered with 5xx. A refusal at capacity is one, and a browser comes back from it.
    Objective(id="errors", goal=0.001, bad=0.01, least=100),
    # Statuses that the broker never took. Readers get what they miss at a heartbeat; an outage of Redis drops hundreds.
    Objective(id="publishing", goal=0, bad=100),
    # Seconds since the flags were last confirmed. They are asked for each second, and hold while their source is away.
    Objective(id="flags", goal=30, bad=300),
    # Mean of people's answers from 1 to 5; one who is angry among four is not a finding.
    Objective(id="people", goal=4, bad=3, least=5),
)
"""In the order of importance for somebody who watches. Below `goal` is a warning."""
