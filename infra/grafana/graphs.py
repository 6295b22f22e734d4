"""The graphs of the dashboard, by section."""

from infra.grafana.numbers import GOALS, PROMISED_S, REQUESTS, mean_rating
from infra.grafana.panels import Panel, Steps, Target
from infra.grafana.promql import RANGE, RATE, counted, gauge, process, quantile, ratio, total

from playhead.metrics import catalog as metrics
from playhead.metrics.metric import Metric
from playhead.monitoring.alerts.table import FAST
from playhead.monitoring.sums.objectives import BUDGETS, Budget
from playhead.monitoring.sums.saved import BODY_BYTES, HEADER_BYTES, POLL_S, POLLS_LEAST

QUANTILES = (0.5, 0.95, 0.99)
LATE_LINE: Steps = ((None, "transparent"), (PROMISED_S, "red"))


def _by(metric: Metric, *labels: str, **values: str) -> list[Target]:
    """A line for each of the labels' values that is counted at the moment: most of them seldom are."""
    expression = f"{total(metric, *labels, over=RATE, per_s=True, **values)} > 0"
    return [Target(expression, ": ".join(f"{{{{{label}}}}}" for label in labels))]


def _quantiles(metric: Metric, **values: str) -> list[Target]:
    return [Target(quantile(of, metric, **values), f"p{of * 100:g}") for of in QUANTILES]


def _saved() -> tuple[str, str]:
    """The requests and bytes saved in a second, as `sums.saved` estimates them over a range."""
    requests = f"({total(metrics.WATCH_TIME, mode='stream')} / {POLL_S:g} - {total(metrics.STREAMS_OPENED)})"
    answers = [total(metrics.STATUS_REQUESTS, over=RANGE, per_s=False, answer=one) for one in ("changed", "unchanged")]
    polls = f"({' + '.join(answers)})"
    measured = f"{total(metrics.STATUS_BYTES, over=RANGE, per_s=False)} / {polls} and {polls} >= {POLLS_LEAST}"
    body = f"({measured} or vector({BODY_BYTES:g}))"
    return requests, f"{requests} * ({body} + {HEADER_BYTES}) - {total(metrics.STREAM_BYTES)}"


def _begun() -> str:
    budget = next(one for one in BUDGETS if one.id == "established")
    return ratio(*(counted(one, over=RATE, per_s=True) for one in (budget.good, budget.total)))


def _burn(budget: Budget) -> Target:
    """How many times faster than allowed the errors of an hour use up a budget, as the alerts count it."""
    good, total_of = (counted(one, over="1h") for one in (budget.good, budget.total))
    return Target(f"(1 - {ratio(good, total_of)}) / {budget.errors:.10g}", budget.id)


REQUESTS_SAVED, BYTES_SAVED = _saved()

MODES = (
    Panel(
        "People watching, by mode",
        "Seconds watched in a second, so people at a time.",
        [Target(total(metrics.WATCH_TIME, "mode"), "{{mode}}")],
        stacked=True,
    ),
    Panel(
        "Transports chosen",
        "Answers of the policy to streams and polls, a second.",
        _by(metrics.TRANSPORTS, "mode", "reason"),
        "ops",
    ),
    Panel(
        "Uptime",
        "Share of the time of those who may stream in which their data were fresh.",
        [Target(ratio(total(metrics.UP_FRESH_TIME, "source"), total(metrics.UP_TIME, "source")), "{{source}}")],
        "percentunit",
    ),
    Panel(
        "Streams and waits",
        "Open now.",
        [Target(gauge(metrics.STREAMS_OPEN), "streams"), Target(gauge(metrics.WAITS_OPEN), "waits")],
    ),
    Panel(
        "Streams ended",
        "By goodbye, or why there was none, a second.",
        _by(metrics.STREAMS_ENDED, "reason"),
        "ops",
    ),
    Panel("Fallbacks to polling", "Of pages, by reason, a second.", _by(metrics.FALLBACKS, "reason"), "ops"),
    Panel(
        "Streams begin",
        "Share of the streams of pages that brought their first event.",
        [Target(_begun(), "begun")],
        "percentunit",
    ),
    Panel(
        "Requests saved",
        "Estimate against polling every 3 s, a second. Below 0 where streams cost more.",
        [Target(REQUESTS_SAVED, "requests")],
        "reqps",
    ),
    Panel(
        "Bytes saved",
        "Estimate against polling every 3 s, a second. Below 0 where streams cost more.",
        [Target(BYTES_SAVED, "bytes")],
        "Bps",
    ),
)

TIMES = (
    Panel(
        "Status to paint",
        "Of streams, in the browser, where the clock's error is at most 25 ms.",
        _quantiles(metrics.PAINT_LAG, **metrics.SHOWN_LAGS),
        "s",
        steps=LATE_LINE,
    ),
    Panel(
        "Status to write",
        "In the server, to an open stream.",
        _quantiles(metrics.WRITE_LAG),
        "s",
        steps=LATE_LINE,
    ),
    Panel("Stream to its first event", "In the server.", _quantiles(metrics.STREAM_ESTABLISH), "s"),
    Panel("Stream to its head, in the browser", "Where the browser shows it.", _quantiles(metrics.CONNECT), "s"),
    Panel("Stream to its first event, in the browser", "Once a watch.", _quantiles(metrics.FIRST_EVENT), "s"),
    Panel("To the first data", "In the browser, in all modes.", _quantiles(metrics.FIRST_DATA), "s"),
    Panel("Final status to paint", "In the browser.", _quantiles(metrics.FINAL_LAG), "s"),
    Panel(
        "People affected",
        "Who watched, and who of them missed an objective or fell back, each once in six hours, a second.",
        _by(metrics.AFFECTED, "what"),
        "ops",
    ),
    Panel(
        "Budgets of errors",
        "How many times faster than allowed the errors of the last hour use up the budget of 30 days. Above the line"
        " somebody is called, if the errors are those of several people.",
        [_burn(budget) for budget in BUDGETS],
        "none",
        steps=((None, "transparent"), (FAST[0].factor, "red")),
    ),
    Panel(
        "Harms",
        "Watches in which something happened to somebody, a second.",
        _by(metrics.HARMED, "harm", **metrics.SHOWN_HARMS),
        "ops",
    ),
)

WORK = (
    Panel(
        "Queue",
        "Sessions that wait, those that are transcribed, and of these those without progress.",
        [
            Target(gauge(metrics.QUEUE_DEPTH), "waiting"),
            Target(gauge(metrics.RUNNING), "transcribed"),
            Target(gauge(metrics.STALLED), "stalled"),
        ],
    ),
    Panel(
        "Untaken",
        "How long sessions have waited while no worker had any session.",
        [Target(gauge(metrics.QUEUE_UNTAKEN), "untaken")],
        "s",
    ),
    Panel(
        "Time in the queue",
        "From queueing a session to its first attempt.",
        _quantiles(metrics.QUEUE_WAIT),
        "s",
    ),
    Panel(
        "Speed",
        "Seconds of audio transcribed in a second of work.",
        [Target(ratio(total(metrics.AUDIO_TIME), total(metrics.WORK_TIME)), "times real time")],
    ),
    Panel("Attempts", "By how they ended, a second.", _by(metrics.ATTEMPTS, "outcome"), "ops"),
    Panel("Failures", "By who can mend them, a second.", _by(metrics.FAILURES, "by"), "ops"),
    Panel(
        "Publishing",
        "Statuses a second, by worker and web.",
        [
            Target(total(metrics.PUBLISHED), "published"),
            Target(total(metrics.PUBLISH_RETRIES), "failed tries"),
            Target(total(metrics.PUBLISH_DROPS), "given up"),
        ],
        "ops",
    ),
)

PROCESSES = (
    Panel("Requests", "By class of status, a second.", _by(REQUESTS, "status"), "reqps"),
    Panel(
        "Errors",
        "Requests answered with 5xx, by route, a second.",
        _by(REQUESTS, "route", status="5xx"),
        "reqps",
    ),
    Panel(
        "Polls",
        "By kind and whether they had something new, a second.",
        _by(metrics.STATUS_REQUESTS, "kind", "answer"),
        "reqps",
    ),
    Panel("Event loop", "How late a web process runs a timer.", _quantiles(metrics.LOOP_LAG), "s"),
    Panel(
        "Memory",
        "Resident, of each process; of a worker its parent.",
        [Target(process("process_resident_memory_bytes"), "{{instance}}")],
        "bytes",
    ),
    Panel(
        "Age of the flags",
        "Since their source last confirmed them, in the worst process.",
        [Target(gauge(metrics.FLAGS_AGE), "age")],
        "s",
        steps=((None, "transparent"), (GOALS["flags"].goal, "red")),
    ),
    Panel(
        "Database and Redis",
        "Time since the one took a write and the other answered, in the worst web process; every 10 s is usual.",
        [Target(gauge(metrics.DATABASE_AGE), "database"), Target(gauge(metrics.REDIS_AGE), "Redis")],
        "s",
    ),
    Panel(
        "Room that is used",
        "Of the memory of Redis, if it has a limit, and of the fullest local file system.",
        [Target(gauge(metrics.REDIS_MEMORY), "Redis"), Target(gauge(metrics.DISK_USED), "disk")],
        "percentunit",
    ),
    Panel("Canary", "Legs of its rounds by how they ended, a second.", _by(metrics.CANARY_ROUNDS, "leg", "outcome")),
)

PEOPLE = (
    Panel(
        "Rating",
        "Mean of the answers of a day, 1 to 5.",
        [Target(mean_rating("1d"), "mean")],
        "none",
        width=12,
    ),
    Panel(
        "Answers",
        "Of a day, by rating.",
        [Target(total(metrics.FEEDBACK, "rating", over="1d", per_s=False), "{{rating}}")],
        "none",
        width=12,
        stacked=True,
    ),
)
