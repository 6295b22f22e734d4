"""Judges the sums of a range by the objectives."""

from playhead.metrics import catalog
from playhead.metrics.catalog import BROWSER_EVENTS, FINALS, PUBLISH_RETRIES, PUBLISHED
from playhead.monitoring.sums.document import Check, Now, Totals
from playhead.monitoring.sums.objectives import OBJECTIVES, URGENT, CheckState
from playhead.monitoring.sums.values import Values, ratio

REQUESTS = catalog.requests(())


def checks(total: Values, totals: Totals, now: Now) -> list[Check]:
    """A check for each objective, the most urgent first."""
    measured = _measured(total, totals, now)
    made = [
        Check(
            id=one.id,
            state=one.state(*measured[one.id]),
            value=measured[one.id][0],
            goal=one.goal,
            bad=one.bad,
            count=round(measured[one.id][1]),
        )
        for one in OBJECTIVES
    ]
    return sorted(made, key=lambda check: URGENT.index(check.state))


def overall(found: list[Check], watched_s: float) -> CheckState:
    """The worst state of all; `quiet` if nobody watched and nothing is wrong."""
    worst = next((check.state for check in found if check.state is not CheckState.QUIET), CheckState.QUIET)
    return CheckState.QUIET if worst is CheckState.WELL and not watched_s else worst


def _measured(total: Values, totals: Totals, now: Now) -> dict[str, tuple[float | None, float]]:
    """The value of each check, and from how many it was measured."""
    begun = total.total(BROWSER_EVENTS, kind=catalog.BEGUN)
    tried = sum(total.total(BROWSER_EVENTS, kind=kind) for kind in catalog.TRIED)
    requests = total.total(REQUESTS)
    finals, by_us = total.total(FINALS), total.total(catalog.FAILURES, by="us")
    refused, jobs = total.total(PUBLISH_RETRIES), totals.completed + by_us
    return {
        "uptime": (totals.uptime, total.total(catalog.UP_TIME)),
        "lag": (totals.lag_ms.within_100_ms, totals.lag_ms.count),
        "established": (ratio(begun, tried), tried),
        "finals": (ratio(total.total(FINALS, outcome="in_time"), finals), finals),
        "jobs": (ratio(totals.completed, jobs), jobs),
        "queue": (now.queue_oldest_s, now.queue_depth or 0),
        "errors": (ratio(total.total(REQUESTS, status="5xx"), requests), requests),
        "publishing": (refused, refused + total.total(PUBLISHED)),
        "flags": (now.flags_age_s, 1),
        "people": (totals.rating.mean, totals.rating.count),
    }
