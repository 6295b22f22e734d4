"""Makes the document of the page from the rows of a range, in pure functions. A month takes half a second."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from playhead.metrics import catalog
from playhead.metrics.metric import Metric
from playhead.monitoring.sums import document as wire
from playhead.monitoring.sums.checks import REQUESTS, checks, overall
from playhead.monitoring.sums.histogram import Quantiles, quantiles
from playhead.monitoring.sums.presence import present_gauges
from playhead.monitoring.sums.ranges import RANGES, RangeName
from playhead.monitoring.sums.reading import Part, Row, Sum, decode
from playhead.monitoring.sums.saved import mean_body, saved
from playhead.monitoring.sums.slices import Work
from playhead.monitoring.sums.values import Values, ratio

ERRORS_MAX = 20
"""Routes with errors that are listed; beyond them there are hundreds at most."""


def health(name: RangeName, moment: datetime, rows: Sequence[Row]) -> Work[wire.Health]:
    """Makes the document of a range that ends at `moment`. Rows that this release does not understand are skipped."""
    shown = RANGES[name]
    since = shown.begin(moment)
    steps: dict[int, Sum] = defaultdict(Sum)
    for row in rows:
        step = int((row.begins_at - since).total_seconds() // shown.step_s)
        if 0 <= step < shown.steps and (reading := decode(row.reading)) is not None:
            steps[step].add(Part(row.begins_at, row.span_s, reading))
        yield
    at = [since + timedelta(seconds=shown.step_s * step) for step in range(shown.steps)]
    readings = {step: found.reading() for step, found in steps.items()}
    whole = Sum()
    for step, reading in readings.items():
        whole.add(Part(at[step], shown.step_s, reading))
        yield
    total = Values(whole.reading())
    processes, present = present_gauges(rows, moment)
    now = _now(Values(present))
    totals = _totals(total)
    found = checks(total, totals, now)
    yield
    series: dict[str, wire.Numbers] = {name: [None] * shown.steps for name in wire.Series.__struct_fields__}
    for step, reading in readings.items():
        for number, value in _numbers(Values(reading), mean_body(total)).items():
            series[number][step] = value
        yield
    return wire.Health(
        range=name,
        since=since,
        until=moment,
        step_s=shown.step_s,
        processes=dict(processes),
        state=overall(found, totals.watched_s),
        checks=found,
        now=now,
        totals=totals,
        shares=_shares(total),
        at=[round(begin.timestamp()) for begin in at],
        series=wire.Series(**series),
    )


def _now(values: Values) -> wire.Now:
    return wire.Now(
        streams_open=values.gauge(catalog.STREAMS_OPEN),
        waits_open=values.gauge(catalog.WAITS_OPEN),
        people=values.gauge(catalog.PEOPLE),
        queue_depth=values.gauge(catalog.QUEUE_DEPTH),
        queue_oldest_s=values.gauge(catalog.QUEUE_AGE),
        running=values.gauge(catalog.RUNNING),
        flags_age_s=values.gauge(catalog.FLAGS_AGE),
    )


def _totals(values: Values) -> wire.Totals:
    requests_saved, bytes_saved = saved(values, mean_body(values))
    watched_s = values.total(catalog.WATCH_TIME)
    return wire.Totals(
        watches=round(values.total(catalog.WATCHES)),
        watched_s=watched_s,
        uptime=_uptime(values),
        fresh=ratio(values.total(catalog.FRESH_TIME), watched_s),
        streams_opened=round(values.total(catalog.STREAMS_OPENED)),
        requests=round(values.total(REQUESTS)),
        requests_saved=max(0.0, requests_saved),
        bytes_saved=max(0.0, bytes_saved),
        lag_ms=_lag(values),
        write_ms=_quantiles(values, catalog.WRITE_LAG),
        establish_ms=_quantiles(values, catalog.STREAM_ESTABLISH),
        connect_ms=_quantiles(values, catalog.CONNECT),
        first_event_ms=_quantiles(values, catalog.FIRST_EVENT),
        first_data_ms=_quantiles(values, catalog.FIRST_DATA),
        final_ms=_quantiles(values, catalog.FINAL_LAG),
        speed=_speed(values),
        audio_s=values.total(catalog.AUDIO_TIME),
        completed=round(values.total(catalog.ATTEMPTS, outcome="completed")),
        failed=round(values.total(catalog.FAILURES)),
        rating=_rating(values),
    )


def _shares(values: Values) -> wire.Shares:
    by, whole = values.by, round
    errors = {key: count for key, count in by(REQUESTS, "route", "status").items() if key[1] in ("4xx", "5xx")}
    worst = sorted(errors.items(), key=lambda one: one[0][1], reverse=True)[:ERRORS_MAX]
    return wire.Shares(
        modes=[wire.ModeShare(mode, seconds) for (mode,), seconds in by(catalog.WATCH_TIME, "mode").items()],
        transport=[
            wire.TransportShare(mode, reason, whole(count))
            for (mode, reason), count in by(catalog.TRANSPORTS, "mode", "reason").items()
        ],
        ended=[
            wire.ReasonShare(reason, whole(count)) for (reason,), count in by(catalog.STREAMS_ENDED, "reason").items()
        ],
        fallbacks=[
            wire.ReasonShare(reason, whole(count)) for (reason,), count in by(catalog.FALLBACKS, "reason").items()
        ],
        harms=[
            wire.HarmShare(harm, whole(count))
            for (harm,), count in by(catalog.HARMED, "harm", **catalog.SHOWN_HARMS).items()
        ],
        failures=[wire.FailureShare(who, whole(count)) for (who,), count in by(catalog.FAILURES, "by").items()],
        errors=[wire.ErrorShare(route, status, whole(count)) for (route, status), count in worst],
    )


def _numbers(values: Values, body_bytes: float) -> dict[str, float | None]:
    """The numbers of one step, by the names of their series."""
    lag, write = _lag(values), _quantiles(values, catalog.WRITE_LAG)
    establish = _quantiles(values, catalog.STREAM_ESTABLISH)
    requests_saved, bytes_saved = saved(values, body_bytes)
    now = _now(values)
    seconds = {f"seconds_{mode}": values.total(catalog.WATCH_TIME, mode=mode) for mode in catalog.MODES}
    return seconds | {
        "streams_open": now.streams_open,
        "waits_open": now.waits_open,
        "people": now.people,
        "queue_depth": now.queue_depth,
        "queue_oldest_s": now.queue_oldest_s,
        "running": now.running,
        "uptime": _uptime(values),
        "lag_p50_ms": lag.p50,
        "lag_p95_ms": lag.p95,
        "lag_p99_ms": lag.p99,
        "write_p50_ms": write.p50,
        "write_p95_ms": write.p95,
        "write_p99_ms": write.p99,
        "establish_p50_ms": establish.p50,
        "establish_p95_ms": establish.p95,
        "establish_p99_ms": establish.p99,
        "requests": values.total(REQUESTS),
        "requests_saved": requests_saved,
        "bytes_saved": bytes_saved,
        "errors_5xx": values.total(REQUESTS, status="5xx"),
        "jobs_failed": values.total(catalog.FAILURES, by="us"),
        "speed": _speed(values),
        "rating": _rating(values).mean,
    }


def _uptime(values: Values) -> float | None:
    return ratio(values.total(catalog.UP_FRESH_TIME), values.total(catalog.UP_TIME))


def _lag(values: Values) -> Quantiles:
    metric = catalog.PAINT_LAG
    return quantiles(metric.edges, values.counts(metric, **catalog.SHOWN_LAGS))


def _quantiles(values: Values, metric: Metric) -> Quantiles:
    return quantiles(metric.edges, values.counts(metric))


def _speed(values: Values) -> float | None:
    work_s = values.total(catalog.WORK_TIME)
    return values.total(catalog.AUDIO_TIME) / work_s if work_s > 0 else None


def _rating(values: Values) -> wire.Rating:
    counts = {
        int(rating): count for (rating,), count in values.by(catalog.FEEDBACK, "rating").items() if rating.isdigit()
    }
    count = sum(counts.values())
    mean = sum(rating * number for rating, number in counts.items()) / count if count else None
    return wire.Rating(mean, round(count))
