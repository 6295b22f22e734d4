"""The numbers at the top of the dashboard: the checks of `/admin/health`, of all that the dashboard shows."""

from typing import Any

from infra.grafana.panels import Panel, Steps, Target
from infra.grafana.promql import RANGE, below, count, gauge, ratio, total

from playhead.metrics import catalog as metrics
from playhead.metrics.catalog import NO_ROUTE
from playhead.metrics.metric import Metric
from playhead.monitoring.sums.objectives import OBJECTIVES, Objective

GOALS = {one.id: one for one in OBJECTIVES}
REQUESTS = metrics.requests([NO_ROUTE])
"""The metric of requests; which routes there are, the app knows."""
PROMISED_S = 0.1
"""What is painted later is late; an edge of the histograms."""
RATINGS = (1, 2, 3, 4, 5)


def mean_rating(over: str) -> str:
    """The mean of the answers in a time."""
    each = [total(metrics.FEEDBACK, over=over, per_s=False, rating=str(rating)) for rating in RATINGS]
    points = " + ".join(f"{rating} * {one}" for rating, one in zip(RATINGS, each, strict=True))
    return ratio(f"({points})", total(metrics.FEEDBACK, over=over, per_s=False))


def _all(metric: Metric, **values: str) -> str:
    return total(metric, over=RANGE, per_s=False, **values)


def _steps(objective: Objective) -> Steps:
    """Green where the objective is met, yellow where it is missed, red where it is bad."""
    if objective.bad > objective.goal:
        return ((None, "green"), (objective.goal, "yellow"), (objective.bad, "red"))
    return ((None, "red"), (objective.bad, "yellow"), (objective.goal, "green"))


def _number(title: str, text: str, expression: str, check: str = "", unit: str = "percentunit", **more: Any) -> Panel:
    steps = _steps(GOALS[check]) if check else ()
    return Panel(title, text, [Target(expression, "")], unit, kind="stat", width=3, height=4, steps=steps, **more)


UPTIME = ratio(_all(metrics.UP_FRESH_TIME), _all(metrics.UP_TIME))
LAG = ratio(
    below(metrics.PAINT_LAG, PROMISED_S, RANGE, **metrics.SHOWN_LAGS),
    count(metrics.PAINT_LAG, over=RANGE, per_s=False, **metrics.SHOWN_LAGS),
)
FINALS = ratio(_all(metrics.FINALS, outcome="in_time"), _all(metrics.FINALS))
JOBS_ENDED = f"({_all(metrics.ATTEMPTS, outcome='completed')} + {_all(metrics.FAILURES, by='us')})"
JOBS = ratio(_all(metrics.ATTEMPTS, outcome="completed"), JOBS_ENDED)
ERRORS = ratio(_all(REQUESTS, status="5xx"), _all(REQUESTS))

NUMBERS = (
    _number(
        "Uptime",
        "Share of the time of those who may stream in which their data were fresh.",
        UPTIME,
        "uptime",
        decimals=2,
    ),
    _number(
        "Painted within 100 ms",
        "Share of statuses of streams, where the clock's error is at most 25 ms.",
        LAG,
        "lag",
        decimals=2,
    ),
    _number("Finals in time", "Share of final statuses painted within 2 s.", FINALS, "finals", decimals=2),
    _number(
        "Sessions completed",
        "Of those that completed or failed by a mistake of ours.",
        JOBS,
        "jobs",
        decimals=1,
    ),
    _number("Requests with 5xx", "Share of all requests.", ERRORS, "errors", decimals=2),
    _number(
        "Oldest in the queue",
        "How long the session at its head has waited.",
        gauge(metrics.QUEUE_AGE),
        "queue",
        "s",
    ),
    _number("Streams", "Open now.", gauge(metrics.STREAMS_OPEN), unit="short"),
    _number("Rating", "Mean of people's answers, 1 to 5.", mean_rating(RANGE), "people", "none", decimals=1),
)
