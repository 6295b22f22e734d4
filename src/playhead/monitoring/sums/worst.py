"""What the worst process measured in the last minute: the values that a rollout holds its lines against."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead.metrics.catalog import FLAGS_AGE, LOOP_LAG, MEMORY, PUBLISH_DROPS
from playhead.monitoring.sums.checks import REQUESTS
from playhead.monitoring.sums.histogram import quantile
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.reading import MINUTE_S, Part, decode, joined
from playhead.monitoring.sums.recorder import PRESENT, minute_of
from playhead.monitoring.sums.values import Values, ratio

REQUESTS_MIN = 20
"""Requests of a process below which a share of errors says nothing: one of twenty is the 5 % that a plan may accept."""
STREAMS = "/stream"
"""The end of the routes of streams."""


def worst(db: Db, moment: datetime) -> Mapping[str, float | None]:
    """The largest value of any process, from the last whole minute and the present one so far; None: none measured it.

    `loop_lag` in seconds (p99), `memory` as a share of the limit, `drops` in a minute, `flags_age` in seconds, `errors`
    as a share of the requests for streams.
    """
    minute, written = minute_of(moment), moment - PRESENT
    recent = SumRow.span_s == MINUTE_S, SumRow.begins_at >= minute - timedelta(seconds=MINUTE_S)
    rows = db.execute(select(SumRow.source, SumRow.begins_at, SumRow.updated_at, SumRow.reading).where(*recent)).all()
    alive = {source for source, _, updated_at, _ in rows if source and updated_at >= written}
    parts: dict[str, list[Part]] = {source: [] for source in alive}
    for source, begins_at, _, text in rows:
        if source in alive and (reading := decode(text)) is not None:
            parts[source].append(Part(begins_at, MINUTE_S, reading))
    processes = [Values(joined(of)) for of in parts.values()]
    minutes = [Values(part.reading) for of in parts.values() for part in of]
    drops = _largest(minutes, lambda values: values.total(PUBLISH_DROPS))
    return {name: _largest(processes, read) for name, read in READ.items()} | {"drops": drops}


def _largest(processes: Sequence[Values], read: Callable[[Values], float | None]) -> float | None:
    return max((value for process in processes if (value := read(process)) is not None), default=None)


def _loop_lag(values: Values) -> float | None:
    return quantile(LOOP_LAG.edges, values.counts(LOOP_LAG), 0.99)


def _errors(values: Values) -> float | None:
    by_route = values.by(REQUESTS, "route", "status")
    streams = {key: count for key, count in by_route.items() if key[0].endswith(STREAMS)}
    total = sum(streams.values())
    return (
        ratio(sum(count for key, count in streams.items() if key[1] == "5xx"), total) if total >= REQUESTS_MIN else None
    )


READ: Mapping[str, Callable[[Values], float | None]] = {
    "loop_lag": _loop_lag,
    "memory": lambda values: values.gauge(MEMORY),
    "flags_age": lambda values: values.gauge(FLAGS_AGE),
    "errors": _errors,
}
