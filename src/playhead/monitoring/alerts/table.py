"""The alerts in one table: this site evaluates them by itself, and the rules of Prometheus are generated from it.

An alert is for somebody who has to do something: a page at once, also at night, a ticket within days. What one account
alone can cause pages nobody: where people's own networks are measured, errors must be those of several people.
Over 300 lines: it is one table, which is read and changed as a whole.
"""

from dataclasses import dataclass
from enum import StrEnum

from playhead.metrics import catalog
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
from playhead.monitoring.sums.checks import REQUESTS
from playhead.monitoring.sums.count import count
from playhead.monitoring.sums.objectives import BUDGETS, Budget

MINUTE, HOUR, DAY = 60, 3600, 86_400


class Severity(StrEnum):
    """How soon somebody is needed."""

    PAGE = "page"
    TICKET = "ticket"


class Unit(StrEnum):
    """How a value is written in a summary."""

    PERCENT = "percent"
    """The value is a share."""
    SECONDS = "seconds"
    COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What is watched, and what somebody who is called reads first.

    Args:
        name: as Prometheus has it.
        severity: how soon somebody is needed.
        condition: when it is pending.
        for_s: seconds that the condition must hold before it fires.
        keep_firing_s: seconds that the condition must not hold before it is resolved. With few people the short window
            of an outage is empty now and then, and for some seconds after a deploy nothing is measured.
        summary: what is wrong, a sentence; `{value}` is the value of the condition.
        unit: of the value.
        people: what people notice of it, a sentence.
        runbook: the name of the file in `infra/runbooks`, without its ending.
    """

    name: str
    severity: Severity
    condition: Condition
    for_s: int
    keep_firing_s: int = 5 * MINUTE
    summary: str
    unit: Unit
    people: str
    runbook: str

    def sentence(self, value: float) -> str:
        """The summary with this value."""
        return self.summary.format(value=_text(value, self.unit))


def _text(value: float, unit: Unit) -> str:
    if unit is Unit.PERCENT:
        return f"{value * 100:.3g}%"
    return f"{value:.0f} s" if unit is Unit.SECONDS else f"{value:.0f}"


# The factors and windows of the SRE workbook, chapter 5, for a budget of 30 days: 2 % of it gone in an hour or 5 % in
# six hours page, 10 % in a day or in three are a ticket.
#
# `people`, `many` and `PART` are the guard against low traffic: one person with a bad network can have most of the
# errors of an hour. Each person counts once in six hours, so that one is 1 in an hour and 2 in six. Of a site that
# just keeps its promises another 3 or 4 in 100 who watch have some error: of 10 an hour 0.4, of 30 an hour 1.3. Six
# in an hour or ten in six, and a fifth of all, are those of a site that fails. From 50 or 200 on so many watch that
# one does not matter. Where fewer than about 5 people an hour watch, nobody is paged by this, but by the canary.
#
# tests/unit/monitoring/alerts/test_low_traffic.py has weeks of it, and how soon an outage pages: where 30 people watch
# in an hour within 45 minutes if half of them are hurt, where 5 watch within 3 hours if all are.
FAST = (
    Window(long_s=HOUR, short_s=5 * MINUTE, factor=14.4, people=6, many=50),
    Window(long_s=6 * HOUR, short_s=30 * MINUTE, factor=6, people=10, many=200),
)
# A slow burn is a small share by its nature, so it takes many people: more than 30 an hour have some error by chance.
SLOW = (
    Window(long_s=DAY, short_s=2 * HOUR, factor=3, people=60, many=60),
    Window(long_s=3 * DAY, short_s=6 * HOUR, factor=1, people=150, many=150),
)
PART = 0.2
WATCHED_PEOPLE = count(catalog.AFFECTED, what="watched")


def _burns(budget: Budget, name: str, summary: str, people: str, runbook: str) -> tuple[Alert, Alert]:
    """The two alerts of a budget. For two minutes: a deploy that interrupts everybody for a moment is not an outage,
    and two more minutes burn 0.1 % of a budget at most. Windows go on for as long as they are short."""
    affected = count(catalog.AFFECTED, what=budget.id)
    return (
        Alert(
            name=f"{name}BurnsFast",
            severity=Severity.PAGE,
            condition=Burns(budget=budget, windows=FAST, affected=affected, watched=WATCHED_PEOPLE, part=PART),
            for_s=2 * MINUTE,
            keep_firing_s=15 * MINUTE,
            summary=summary,
            unit=Unit.PERCENT,
            people=people,
            runbook=runbook,
        ),
        Alert(
            name=f"{name}BurnsSlowly",
            severity=Severity.TICKET,
            condition=Burns(budget=budget, windows=SLOW, affected=affected, watched=WATCHED_PEOPLE, part=PART),
            for_s=15 * MINUTE,
            keep_firing_s=HOUR,
            summary=summary,
            unit=Unit.PERCENT,
            people=people,
            runbook=runbook,
        ),
    )


FRESH, LAG, ESTABLISHED, FINALS = BUDGETS
FELL_BACK = count(catalog.AFFECTED, what="fallback")
CAME_OR_FELL_BACK = count(catalog.AFFECTED, what=("watched", "fallback_later"))
"""Each is counted once in six hours: who came before the window and fell back in it is one of the people, too."""
SILENT = count(catalog.AFFECTED, what="silent")
ALL_PEOPLE = count(catalog.AFFECTED, what=("watched", "silent"))
ROUNDS_FAILED = count(catalog.CANARY_ROUNDS, outcome="failed")
ROUNDS = count(catalog.CANARY_ROUNDS, outcome=("passed", "failed"))
"""What was not allowed to stream did neither."""

BURNING = (
    *_burns(
        FRESH,
        "Fresh",
        "Pages show old data: {value} of the time that people watched, several people, 0.5% is allowed.",
        "Progress and words stand still, although the page is open.",
        "fresh",
    ),
    *_burns(
        LAG,
        "Lag",
        "Streamed updates come late: {value} were painted after 100 ms, for several people, 1% is allowed.",
        "Progress moves in jumps and behind the recording.",
        "lag",
    ),
    *_burns(
        ESTABLISHED,
        "Established",
        "Streams do not begin: {value} got no first event, for several people, 0.1% is allowed.",
        "Pages wait for their first data, then poll.",
        "established",
    ),
    *_burns(
        FINALS,
        "Finals",
        "Results come late: {value} of the final statuses after 2 s or never, for several people, 0.1% is allowed.",
        "A finished transcript is shown as unfinished.",
        "finals",
    ),
)

HAPPENING = (
    # 0.1 % is what users are promised. Half an hour, since of a site with few people the requests of 5 minutes are too
    # few; ten, since one is a person with bad luck. It is a ticket: one page that polls what is broken makes 600 errors
    # in half an hour, and what hurts many is paged by the budgets, Redis, the database and the canary.
    Alert(
        name="ErrorRate",
        severity=Severity.TICKET,
        condition=Share(
            part=count(REQUESTS, status="5xx"), whole=count(REQUESTS), over_s=30 * MINUTE, limit=0.001, least=10
        ),
        for_s=5 * MINUTE,
        keep_firing_s=15 * MINUTE,
        summary="{value} of the requests are answered with an error of the server, 0.1% is allowed.",
        unit=Unit.PERCENT,
        people="Some actions fail with an error.",
        runbook="errors",
    ),
    # Against the day before, since everywhere some people are behind proxies that hold streams back. Five people: of 30
    # an hour two fall back by chance. Five points, since three times nearly nothing is nothing.
    Alert(
        name="FallbackJump",
        severity=Severity.TICKET,
        condition=Jump(
            part=FELL_BACK,
            whole=CAME_OR_FELL_BACK,
            over_s=HOUR,
            before_s=DAY,
            times=3,
            points=0.05,
            guard=FELL_BACK,
            least=5,
        ),
        for_s=10 * MINUTE,
        keep_firing_s=30 * MINUTE,
        summary="{value} of the people who watch fell back to polling, far more than in the day before.",
        unit=Unit.PERCENT,
        people="Updates come every few seconds instead of at once.",
        runbook="fallbacks",
    ),
    # The budgets are measured by pages: without reports they see nothing. Half of all people more than before: who
    # sends no reports by choice (Global Privacy Control) is there on every day.
    Alert(
        name="TelemetrySilent",
        severity=Severity.TICKET,
        condition=Jump(
            part=SILENT,
            whole=ALL_PEOPLE,
            over_s=6 * HOUR,
            before_s=DAY,
            times=2,
            points=0.5,
            guard=SILENT,
            least=5,
        ),
        for_s=30 * MINUTE,
        keep_firing_s=HOUR,
        summary="The pages of {value} of the people who watch reported nothing, far more than in the day before.",
        unit=Unit.PERCENT,
        people="Nothing, but alerts about what people see are blind.",
        runbook="telemetry",
    ),
    # Readers get what is not published at the next heartbeat. It is tried again each 1.5 s. Tries are counted, and not
    # what is given up: of few sessions nearly nothing is. They leave the window after three minutes, here after up to
    # four: it is of whole minutes. So a minute of them pages nobody, and three minutes do.
    Alert(
        name="PublisherDropping",
        severity=Severity.PAGE,
        condition=Increase(count=count(catalog.PUBLISH_RETRIES), over_s=3 * MINUTE, limit=10),
        for_s=5 * MINUTE,
        summary="Statuses are not published: {value} tries in three minutes failed.",
        unit=Unit.COUNT,
        people="Progress comes with each heartbeat only, every 15 s.",
        runbook="publishing",
    ),
    # It is asked every 10 s; a restart takes some seconds.
    Alert(
        name="RedisAway",
        severity=Severity.PAGE,
        condition=Above(gauge=catalog.REDIS_AGE, limit=60),
        for_s=MINUTE,
        summary="Redis has not answered for {value}.",
        unit=Unit.SECONDS,
        people="Progress comes late, and new recordings are not transcribed.",
        runbook="redis-away",
    ),
    # For Prometheus: while a process writes nothing, its rows of sums have no age either.
    Alert(
        name="DatabaseAway",
        severity=Severity.PAGE,
        condition=Above(gauge=catalog.DATABASE_AGE, limit=60),
        for_s=MINUTE,
        summary="The database has taken no write of a web process for {value}.",
        unit=Unit.SECONDS,
        people="Nothing can be uploaded, opened or finished.",
        runbook="database-away",
    ),
    # Sessions that run have a few kB each, so from 80 % on it takes days, unless something leaks.
    Alert(
        name="RedisMemory",
        severity=Severity.TICKET,
        condition=Above(gauge=catalog.REDIS_MEMORY, limit=0.8),
        for_s=10 * MINUTE,
        summary="Redis uses {value} of its memory.",
        unit=Unit.PERCENT,
        people="Nothing yet. A Redis that is full takes no new work.",
        runbook="redis-memory",
    ),
    Alert(
        name="RedisFull",
        severity=Severity.PAGE,
        condition=Above(gauge=catalog.REDIS_MEMORY, limit=0.95),
        for_s=5 * MINUTE,
        summary="Redis is nearly full: {value} of its memory.",
        unit=Unit.PERCENT,
        people="Soon new recordings wait in the queue. Those that run go on, with live progress.",
        runbook="redis-memory",
    ),
    # An idle worker takes a session within a second. Two minutes, and two more, are longer than its restart.
    Alert(
        name="NoWorker",
        severity=Severity.PAGE,
        condition=Above(gauge=catalog.QUEUE_UNTAKEN, limit=2 * MINUTE),
        for_s=2 * MINUTE,
        summary="No worker takes a session; one has waited for {value}.",
        unit=Unit.SECONDS,
        people="Uploaded recordings stay in the queue.",
        runbook="no-worker",
    ),
    # A worker ends by itself what hangs. One that does not may be the only one.
    Alert(
        name="WorkerStalled",
        severity=Severity.PAGE,
        condition=Above(gauge=catalog.STALLED, limit=0),
        for_s=5 * MINUTE,
        summary="{value} sessions are held by a worker and do not move.",
        unit=Unit.COUNT,
        people="A transcription stands still, and others may wait behind it.",
        runbook="worker-stalled",
    ),
    # After ten minutes people do not wait and see (the check `queue`). A ticket: one person's hundred recordings at
    # night are no outage.
    Alert(
        name="QueueOld",
        severity=Severity.TICKET,
        condition=Above(gauge=catalog.QUEUE_AGE, limit=600),
        for_s=5 * MINUTE,
        summary="The session at the head of the queue has waited for {value}.",
        unit=Unit.SECONDS,
        people="Transcriptions begin late.",
        runbook="queue",
    ),
    # They are asked for each second, and hold while their source is away (the check `flags`).
    Alert(
        name="FlagsStale",
        severity=Severity.TICKET,
        condition=Above(gauge=catalog.FLAGS_AGE, limit=30),
        for_s=5 * MINUTE,
        summary="The flags were last confirmed {value} ago.",
        unit=Unit.SECONDS,
        people="Nothing, but streams cannot be switched off by flags.",
        runbook="flags",
    ),
    # Uploads are refused before a disk is full; a full one stops SQLite.
    Alert(
        name="DiskFilling",
        severity=Severity.TICKET,
        condition=Above(gauge=catalog.DISK_USED, limit=0.85),
        for_s=30 * MINUTE,
        summary="{value} of a disk is used.",
        unit=Unit.PERCENT,
        people="Nothing yet.",
        runbook="disk",
    ),
    Alert(
        name="DiskFull",
        severity=Severity.PAGE,
        condition=Above(gauge=catalog.DISK_USED, limit=0.95),
        for_s=5 * MINUTE,
        summary="A disk is nearly full: {value} is used.",
        unit=Unit.PERCENT,
        people="Uploads are refused; soon nothing can be saved.",
        runbook="disk",
    ),
    # A canary makes a round each minute, or each five, and counts two legs a round. A leg alone that fails always is
    # half of them. Three, since a deploy may end one round, which is both of its legs.
    Alert(
        name="CanaryFails",
        severity=Severity.PAGE,
        condition=Share(part=ROUNDS_FAILED, whole=ROUNDS, over_s=10 * MINUTE, limit=0.4, least=3),
        for_s=MINUTE,
        summary="{value} of the canary's legs fail: it does not get its statuses.",
        unit=Unit.PERCENT,
        people="Who watches a session by the public address gets its statuses late or never.",
        runbook="canary",
    ),
    # It ends by itself six hours after a canary was switched off on purpose, and is never there without one.
    Alert(
        name="CanarySilent",
        severity=Severity.PAGE,
        condition=Absent(count=count(catalog.CANARY_ROUNDS), over_s=10 * MINUTE, before_s=6 * HOUR),
        for_s=5 * MINUTE,
        summary="The canary has reported nothing for ten minutes: it does not run, or cannot reach the site.",
        unit=Unit.COUNT,
        people="Maybe nobody can reach the site.",
        runbook="canary",
    ),
)

ALERTS = (*BURNING, *HAPPENING)
"""Those that this site watches by itself."""

SCRAPES = (
    Alert(
        name="WebDown",
        severity=Severity.PAGE,
        condition=NotScraped(job="playhead-web"),
        for_s=2 * MINUTE,
        summary="No web process answers Prometheus.",
        unit=Unit.COUNT,
        people="Nobody can open the site.",
        runbook="web-down",
    ),
    # Workers need not be scraped: only those that were are missed.
    Alert(
        name="WorkerDown",
        severity=Severity.PAGE,
        condition=NotScraped(job="playhead-worker", before_s=DAY),
        for_s=5 * MINUTE,
        summary="No worker answers Prometheus.",
        unit=Unit.COUNT,
        people="Uploaded recordings stay in the queue.",
        runbook="no-worker",
    ),
)
"""Those that need Prometheus: a site that does not run does not notice it."""

BY_NAME = {one.name: one for one in (*ALERTS, *SCRAPES)}
