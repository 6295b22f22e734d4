"""Adds to the metrics what reports say and, for silent pages, what the server did. Each counts for its weight."""

from bisect import bisect_left
from collections.abc import Collection

from playhead.metrics.catalog import (
    AFFECTED,
    BROWSER_EVENTS,
    CONNECT,
    DATA_AGE,
    FALLBACKS,
    FINAL_LAG,
    FINALS,
    FIRST_DATA,
    FIRST_EVENT,
    FRESH_TIME,
    HARMED,
    PAINT_LAG,
    REPORTS,
    UP_FRESH_TIME,
    UP_TIME,
    WATCH_TIME,
    WATCHES,
)
from playhead.metrics.metric import Metric
from playhead.metrics.metrics import Metrics
from playhead.monitoring.watches.accepted import Added
from playhead.monitoring.watches.report import BUCKETS, PRECISE_RTT_MS, Report

EVENTS = {
    "gap": "gaps",
    "mute": "mutes",
    "stall": "stalls",
    "reconnect": "reconnects",
    "fallback": "fallbacks",
    "proven": "proven",
    "page_error": "page_errors",
}
"""The kinds of `BROWSER_EVENTS` that a report itself counts, each with the name of its field."""


def count_report(metrics: Metrics, added: Added) -> None:
    """Count a report. Outside the sample only its harms, apart from the others."""
    metrics.add(REPORTS)
    count_harms(metrics, added.harms, added.weight)
    if not added.weight:
        return
    if added.is_first:
        metrics.add(WATCHES, "browser", amount=added.weight)
    if added.final:
        metrics.add(FINALS, added.final, "browser", amount=added.weight)
    count_time(metrics, added.report, added.weight, "browser")
    _count_durations(metrics, added.report, added.weight)
    for kind, name in EVENTS.items():
        metrics.add(BROWSER_EVENTS, kind, amount=getattr(added.report, name) * added.weight)
    metrics.add(BROWSER_EVENTS, "not_begun", amount=added.not_begun * added.weight)
    if added.report.fallbacks:
        metrics.add(FALLBACKS, added.report.reason, amount=added.report.fallbacks * added.weight)


def count_harms(metrics: Metrics, harms: Collection[str], weight: int) -> None:
    """Count a watch for each of its harms."""
    for harm in harms:
        metrics.add(HARMED, harm, "yes" if weight else "no", amount=weight or 1)


def count_affected(metrics: Metrics, affected: Collection[str]) -> None:
    """Count people by what happened to them."""
    for what in affected:
        metrics.add(AFFECTED, what)


def count_time(metrics: Metrics, report: Report, weight: int, source: str) -> None:
    """Count what was watched, and how much of it was fresh."""
    for mode, (watched, fresh) in report.seconds.items():
        metrics.add(WATCH_TIME, mode, source, amount=watched * weight)
        metrics.add(FRESH_TIME, mode, source, amount=fresh * weight)
    metrics.add(UP_TIME, source, amount=report.allowed[0] * weight)
    metrics.add(UP_FRESH_TIME, source, amount=report.allowed[1] * weight)


def _count_durations(metrics: Metrics, report: Report, weight: int) -> None:
    precise = "yes" if report.rtt_ms is not None and report.rtt_ms <= PRECISE_RTT_MS else "no"
    for mode, lags in report.lag_ms.items():
        counts = [count * weight for count in lags[:BUCKETS]]
        metrics.merge(PAINT_LAG, counts, lags[BUCKETS] * weight / 1000, mode, precise)
    _observe(metrics, CONNECT, report.connect_ms, weight)
    _observe(metrics, FIRST_EVENT, report.first_event_ms, weight)
    _observe(metrics, FIRST_DATA, report.first_data_ms, weight, report.transport)
    _observe(metrics, FINAL_LAG, report.final_lag_ms, weight)
    if report.watched_s:
        _observe(metrics, DATA_AGE, report.max_age_ms, weight)


def _observe(metrics: Metrics, metric: Metric, value_ms: float | None, weight: int, *labels: str) -> None:
    if value_ms is not None:
        counts = [0.0] * (len(metric.edges) + 1)
        counts[bisect_left(metric.edges, value_ms / 1000)] = float(weight)
        metrics.merge(metric, counts, value_ms * weight / 1000, *labels)
