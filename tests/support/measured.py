"""Fills the table of sums with what a site measures in a month: by day and by night, well or with a fault.

python -m tests.support.measured DATABASE_URL [mute|slow_worker|drops]
"""

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from sqlalchemy import delete
from sqlalchemy.orm import Session as Db

from playhead.db import SyncDatabase, present
from playhead.metrics import catalog as c
from playhead.metrics.metric import Metric
from playhead.metrics.metrics import Metrics
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.reading import HOUR_S, MINUTE_S, encode
from playhead.monitoring.sums.recorder import minute_of

MINUTE, HOUR = timedelta(seconds=MINUTE_S), timedelta(seconds=HOUR_S)
OF_ALL = ""
FAULT_MIN = 20.0
"""How long a fault has lasted."""
APART_MIN = 10.0
"""Minutes that are older have one row of all processes."""
STATUS, STREAM = "/api/v1/sessions/<id:id>/status", "/api/v1/sessions/<id:id>/status/stream"
REQUESTS = c.requests(("/api/v1/sessions", STATUS, STREAM, "/api/v1/me"))


class Fault(StrEnum):
    """What goes wrong, since `FAULT_MIN`."""

    MUTE = "mute"
    """A proxy holds the streams of a third of the people back."""
    SLOW_WORKER = "slow_worker"
    """The worker needs more than a second for a second of audio, and the queue grows."""
    DROPS = "drops"
    """Redis refuses every third message."""


@dataclass(frozen=True)
class Span:
    """A minute or an hour of the site.

    Args:
        people: who watch.
        fault_min: how long the fault has lasted.
    """

    random: Random
    begins_at: datetime
    span_s: float
    people: float
    fault: Fault | None
    fault_min: float

    def some(self, per_s: float) -> int:
        """A whole number about `per_s` a second, as it happens."""
        mean = per_s * self.span_s
        return max(0, round(self.random.gauss(mean, math.sqrt(max(mean, 0.0)))))


def fill(database: SyncDatabase, fault: Fault | None = None, *, people: float = 40.0, days: float = 30.0) -> None:
    """Replaces all sums by those of a site that so many people watch at noon, for so many days until now."""

    def write(db: Db) -> None:
        db.execute(delete(SumRow))
        db.add_all(_rows(present(db), fault, people, days))

    database.run(write)


def _rows(moment: datetime, fault: Fault | None, people: float, days: float) -> Iterator[SumRow]:
    random = Random(22)
    minute = minute_of(moment)
    first, hours_until = minute - timedelta(days=days), (minute - timedelta(days=2)).replace(minute=0)
    begins_at = first.replace(minute=0) if first < hours_until else first
    while begins_at <= minute:
        length = HOUR if begins_at < hours_until else MINUTE
        age_min = (minute - begins_at) / MINUTE
        span = Span(
            random=random,
            begins_at=begins_at,
            span_s=(min(begins_at + length, moment) - begins_at).total_seconds(),
            people=people * _busy(begins_at) * random.uniform(0.9, 1.1),
            fault=fault if age_min < FAULT_MIN else None,
            fault_min=FAULT_MIN - age_min,
        )
        for source, parts in (APART if age_min < APART_MIN else {OF_ALL: (_web, _web, _worker)}).items():
            metrics = Metrics()
            for part in parts:
                part(metrics, span)
            yield SumRow(
                begins_at=begins_at,
                span_s=round(length.total_seconds()),
                source=source,
                updated_at=min(begins_at + length, moment),
                reading=encode(metrics.read()),
            )
        begins_at += length


def _busy(moment: datetime) -> float:
    """From 0.1 at night to 1 at noon; half of it on a weekend."""
    of_day = (moment.hour + moment.minute / 60) / 24
    return (0.55 - 0.45 * math.cos(2 * math.pi * of_day)) * (0.5 if moment.weekday() >= 5 else 1.0)


def _web(metrics: Metrics, span: Span) -> None:
    """What one of two web processes counts."""
    people, s = span.people / 2, span.span_s
    muted = people / 3 if span.fault is Fault.MUTE else 0.0
    streaming, waiting, polling = (people - muted) * 0.93, (people - muted) * 0.05 + muted * 0.8, people * 0.02
    is_dropping = span.fault is Fault.DROPS
    _watching(metrics, span, {"stream": streaming, "wait": waiting, "poll": polling}, muted)
    opened = span.some(streaming / 500) + span.some(muted / 30)
    metrics.add(c.STREAMS_OPENED, amount=opened)
    metrics.add(c.STREAMS_ESTABLISHED, amount=opened)
    for reason, share in (("final", 0.55), ("max_age", 0.2), ("left", 0.24), ("draining", 0.01)):
        metrics.add(c.STREAMS_ENDED, reason, amount=round(opened * share))
    _spread(metrics, c.STREAM_ESTABLISH, opened, 0.004)
    events = span.some(streaming * 0.8)
    metrics.add(c.STREAM_EVENTS, amount=events)
    metrics.add(c.STREAM_BYTES, amount=events * 190)
    _spread(metrics, c.WRITE_LAG, events, 0.3 if is_dropping else 0.003, 1.4 if is_dropping else 0.6)
    metrics.add(c.STATUSES_CONFLATED, amount=span.some(streaming * 0.01))
    waits, polls = span.some(waiting * 0.6), span.some(polling / 3)
    metrics.add(c.STATUS_REQUESTS, "wait", "changed", amount=round(waits * 0.95))
    metrics.add(c.STATUS_REQUESTS, "wait", "unchanged", amount=round(waits * 0.05))
    metrics.add(c.STATUS_REQUESTS, "poll", "changed", amount=round(polls * 0.8))
    metrics.add(c.STATUS_REQUESTS, "poll", "unchanged", amount=round(polls * 0.2))
    metrics.add(c.STATUS_BYTES, amount=(waits + polls) * 0.9 * 480)
    metrics.add(c.TRANSPORTS, "stream", "flag_on", amount=opened)
    metrics.add(c.TRANSPORTS, "wait", "buffered", amount=waits)
    metrics.add(c.TRANSPORTS, "poll", "flag_off", amount=polls)
    metrics.add(REQUESTS, STREAM, "2xx", amount=opened)
    metrics.add(REQUESTS, STATUS, "2xx", amount=round((waits + polls) * 0.9))
    metrics.add(REQUESTS, STATUS, "3xx", amount=round((waits + polls) * 0.1))
    metrics.add(REQUESTS, "/api/v1/me", "2xx", amount=span.some(people / 200))
    metrics.add(REQUESTS, "/api/v1/me", "4xx", amount=span.some(people / 9000))
    metrics.add(REQUESTS, "/api/v1/sessions", "2xx", amount=span.some(people / 100))
    metrics.add(REQUESTS, "/api/v1/sessions", "5xx", amount=span.some(people / 90000))
    _publishing(metrics, span, people / 400, is_dropping)
    _spread(metrics, c.LOOP_LAG, round(s * 2), 0.0008)
    for gauge, value in ((c.STREAMS_OPEN, streaming), (c.WAITS_OPEN, waiting * 0.8), (c.PEOPLE, people)):
        metrics.gauge(gauge, _always(float(round(value))))
    is_slow = span.fault is Fault.SLOW_WORKER
    depth = round(1.5 * span.fault_min) if is_slow else round(span.people / 40 * span.random.uniform(0.2, 1.8))
    metrics.gauge(c.QUEUE_DEPTH, _always(float(depth)))
    metrics.gauge(c.QUEUE_AGE, _always(60 * span.fault_min if is_slow else 12.0 * depth))
    metrics.gauge(c.RUNNING, _always(float(min(2, depth + 1))))
    metrics.gauge(c.FLAGS_AGE, _always(span.random.uniform(0.2, 1.1)))


def _watching(metrics: Metrics, span: Span, people: dict[str, float], muted: float) -> None:
    """What the pages of these people report, by their mode; a part of them on a mute path."""
    for mode, count in people.items():
        watched_s = count * span.span_s
        lost_s = watched_s * span.random.uniform(0.0, 0.0008) + (muted * span.span_s * 0.35 if mode == "wait" else 0.0)
        metrics.add(c.WATCH_TIME, mode, "browser", amount=watched_s * 0.96)
        metrics.add(c.WATCH_TIME, mode, "server", amount=watched_s * 0.04)
        metrics.add(c.FRESH_TIME, mode, "browser", amount=max(0.0, watched_s * 0.96 - lost_s))
        metrics.add(c.FRESH_TIME, mode, "server", amount=watched_s * 0.04)
        if mode == "stream" or muted:
            metrics.add(c.UP_TIME, "browser", amount=watched_s)
            metrics.add(c.UP_FRESH_TIME, "browser", amount=max(0.0, watched_s - lost_s))
        seen = span.some(count * 0.7)
        median_s = 1.4 if mode == "poll" else 0.016 if span.fault is not Fault.DROPS else 0.32
        _spread(metrics, c.PAINT_LAG, round(seen * 0.85), median_s, 0.6, mode, "yes")
        _spread(metrics, c.PAINT_LAG, round(seen * 0.15), median_s * 2, 0.9, mode, "no")
        begun = span.some(count / 300)
        _spread(metrics, c.FIRST_EVENT, begun if mode == "stream" else 0, 0.04, 0.7)
        _spread(metrics, c.FIRST_DATA, begun, 0.06, 0.7, mode)
    everybody = sum(people.values())
    watches = span.some(everybody / 240)
    harmed = span.some(muted / 60)
    metrics.add(c.REPORTS, amount=watches * 3)
    metrics.add(c.WATCHES, "browser", amount=watches)
    metrics.add(c.WATCHES, "server", amount=round(watches * 0.04))
    _spread(metrics, c.CONNECT, round(watches * 0.9), 0.035)
    late = min(watches, harmed + span.some(everybody / 900_000))
    metrics.add(c.FINALS, "in_time", "browser", amount=watches - late)
    metrics.add(c.FINALS, "late", "browser", amount=late)
    _spread(metrics, c.FINAL_LAG, watches, 0.05)
    for kind, rate in (("reconnect", 0.002), ("gap", 0.0001), ("stall", 0.00005)):
        metrics.add(c.BROWSER_EVENTS, kind, amount=span.some(everybody * rate))
    metrics.add(c.BROWSER_EVENTS, "proven", amount=watches)
    for kind in ("mute", "not_begun"):
        metrics.add(c.BROWSER_EVENTS, kind, amount=harmed)
    metrics.add(c.FALLBACKS, "mute", amount=harmed)
    metrics.add(c.FALLBACKS, "network", amount=span.some(everybody / 20_000))
    for harm, count in (
        ("mute", harmed),
        ("final_late", late),
        ("fallback", round(harmed * 0.9)),
        ("slow", span.some(0.00002)),
    ):
        metrics.add(c.HARMED, harm, "yes", amount=count)
    for rating, share in (("5", 0.6), ("4", 0.25), ("3", 0.1), ("2", 0.03), ("1", 0.02)):
        metrics.add(c.FEEDBACK, rating, amount=span.some(everybody / 3600 * share))


def _publishing(metrics: Metrics, span: Span, per_s: float, is_dropping: bool) -> None:
    published = span.some(per_s)
    refused = published // 3 if is_dropping else 0
    metrics.add(c.PUBLISHED, amount=published - refused)
    metrics.add(c.PUBLISH_RETRIES, amount=refused * 2)
    metrics.add(c.PUBLISH_DROPS, amount=refused)
    metrics.gauge(c.PUBLISHER_WAITING, _always(float(refused)))


def _worker(metrics: Metrics, span: Span) -> None:
    """What the worker counts."""
    is_slow = span.fault is Fault.SLOW_WORKER
    speed = span.random.uniform(0.6, 0.9) if is_slow else span.random.uniform(6.4, 7.6)
    work_s = span.span_s * min(1.0, span.people / 30 + is_slow)
    ended = span.some(work_s * speed / span.span_s / 480)
    failed = span.some(0.00001)
    metrics.add(c.WORK_TIME, amount=work_s)
    metrics.add(c.AUDIO_TIME, amount=work_s * speed)
    metrics.add(c.ATTEMPTS, "completed", amount=ended)
    metrics.add(c.ATTEMPTS, "canceled", amount=span.some(0.0001))
    metrics.add(c.ATTEMPTS, "failed", amount=failed)
    metrics.add(c.FAILURES, "us", amount=failed)
    metrics.add(c.FAILURES, "recording", amount=span.some(0.00008))
    _spread(metrics, c.REALTIME_FACTOR, ended, 1 / speed, 0.2)
    _spread(metrics, c.QUEUE_WAIT, ended, 60 * span.fault_min if is_slow else 8.0, 0.8)
    for stage, median_s in (("decoding", 1.2), ("loading_model", 0.4), ("transcribing", 480 / speed)):
        _spread(metrics, c.STAGE_TIME, ended, median_s, 0.5, stage)
    _publishing(metrics, span, min(1.0, span.people / 30) * 0.8, span.fault is Fault.DROPS)
    metrics.gauge(c.CHILDREN, _always(2.0))


APART: dict[str, tuple[Callable[[Metrics, Span], None], ...]] = {
    "web-0000000000000001": (_web,),
    "web-0000000000000002": (_web,),
    "worker-0000000000000003": (_worker,),
}
"""The processes that run now, and what each counts."""


def _always(value: float) -> Callable[[], float]:
    return lambda: value


def _spread(metrics: Metrics, metric: Metric, count: float, median: float, sigma: float = 0.5, *labels: str) -> None:
    """Counts so many values in a histogram, log-normal about their median."""
    below = [round(count * _normal(math.log(edge / median) / sigma)) for edge in metric.edges]
    counts = [high - low for low, high in zip([0, *below], [*below, count], strict=True)]
    if count:
        metrics.merge(metric, counts, count * median * math.exp(sigma * sigma / 2), *labels)


def _normal(value: float) -> float:
    """The share of a standard normal distribution below `value`."""
    return (1 + math.erf(value / math.sqrt(2))) / 2


if __name__ == "__main__":
    fill(SyncDatabase(sys.argv[1]), Fault(sys.argv[2]) if len(sys.argv) > 2 else None)
