"""Each check has the value that the contract defines, and from how many it was measured."""

from collections.abc import Callable

import pytest

from playhead.metrics import catalog as c
from playhead.metrics.metrics import Metrics
from playhead.monitoring.sums.objectives import OBJECTIVES
from tests.unit.monitoring.sums.test_health import row, shown

REQUESTS = c.requests(("/api/v1/me",))


def uptime(metrics: Metrics) -> None:
    metrics.add(c.UP_TIME, "browser", amount=300)
    metrics.add(c.UP_TIME, "server", amount=100)
    metrics.add(c.UP_FRESH_TIME, "browser", amount=200)
    metrics.add(c.WATCH_TIME, "stream", "browser", amount=1000)


def lag(metrics: Metrics) -> None:
    for value in (0.05, 0.1, 0.2, 3.0):
        metrics.observe(c.PAINT_LAG, value, "stream", "yes")
    metrics.observe(c.PAINT_LAG, 0.01, "stream", "no")


def established(metrics: Metrics) -> None:
    for kind, count in (("proven", 6), ("not_begun", 2), ("mute", 2), ("stall", 9)):
        metrics.add(c.BROWSER_EVENTS, kind, amount=count)


def finals(metrics: Metrics) -> None:
    for outcome, source, count in (("in_time", "browser", 5), ("late", "browser", 2), ("missing", "server", 3)):
        metrics.add(c.FINALS, outcome, source, amount=count)


def jobs(metrics: Metrics) -> None:
    for outcome, count in (("completed", 6), ("postponed", 9), ("canceled", 9)):
        metrics.add(c.ATTEMPTS, outcome, amount=count)
    metrics.add(c.FAILURES, "us", amount=2)
    metrics.add(c.FAILURES, "recording", amount=4)


def queue(metrics: Metrics) -> None:
    metrics.gauge(c.QUEUE_DEPTH, lambda: 7.0)
    metrics.gauge(c.QUEUE_AGE, lambda: 90.0)


def errors(metrics: Metrics) -> None:
    for status, count in (("2xx", 90), ("4xx", 6), ("5xx", 4)):
        metrics.add(REQUESTS, "/api/v1/me", status, amount=count)


def publishing(metrics: Metrics) -> None:
    metrics.add(c.PUBLISHED, amount=20)
    metrics.add(c.PUBLISH_DROPS, amount=3)
    metrics.add(c.PUBLISH_RETRIES, amount=50)


def flags(metrics: Metrics) -> None:
    metrics.gauge(c.FLAGS_AGE, lambda: 12.0)


def people(metrics: Metrics) -> None:
    metrics.add(c.FEEDBACK, "5", amount=2)
    metrics.add(c.FEEDBACK, "1", amount=2)


EXPECTED: dict[str, tuple[Callable[[Metrics], None], float, int]] = {
    "uptime": (uptime, 0.5, 400),
    "lag": (lag, 0.5, 4),
    "established": (established, 0.75, 8),
    "finals": (finals, 0.5, 10),
    "jobs": (jobs, 0.75, 8),
    "queue": (queue, 90.0, 7),
    "errors": (errors, 0.04, 100),
    "publishing": (publishing, 50.0, 70),
    "flags": (flags, 12.0, 1),
    "people": (people, 3.0, 4),
}


def test_every_objective_is_checked() -> None:
    assert set(EXPECTED) == {one.id for one in OBJECTIVES}


@pytest.mark.parametrize("name", EXPECTED)
def test_check_has_its_value_and_count(name: str) -> None:
    count, value, number = EXPECTED[name]
    (check,) = [one for one in shown(row(count))["checks"] if one["id"] == name]
    assert (check["value"], check["count"]) == (value, number)
