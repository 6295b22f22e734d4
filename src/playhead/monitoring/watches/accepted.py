"""What one report adds to a watch and to the metrics: a pure function over what is kept of the watch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from playhead.monitoring.watches.report import FIRSTS, SLACK_S, Report, clamped, final_outcome, harms, joined

PAGES_MAX = 20
"""Pages of a watch whose last number is kept, the newest: as many as a person may have streams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The sum of the reports of a watch, and the last number of each page."""

    sums: Report = field(default_factory=Report)
    pages: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A watch as far as reports change it. `counted_at`: when it was counted from what the server did."""

    begun_at: datetime
    weight: int
    reported_at: datetime | None = None
    counted_at: datetime | None = None
    harms: frozenset[str] = frozenset()
    final: str = ""
    kept: Kept = field(default_factory=Kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What a report adds to the metrics.

    Args:
        report: clamped, and of values that count once only those that are new.
        weight: how many people the watch stands for; 0: outside the sample.
        harms: those that the watch did not have.
        final: how the final status came, if that is new; else empty.
        is_first: whether it is the first report of a watch that nothing was counted of.
        not_begun: streams that brought no first event.
    """

    report: Report
    weight: int
    harms: frozenset[str] = frozenset()
    final: str = ""
    is_first: bool = False
    not_begun: int = 0


def accepted(
    watch: Watch, page: str, seq: int, report: Report, moment: datetime, most_s: float = math.inf
) -> tuple[Watch, Added] | None:
    """The watch with one more report, and what that adds; None for a repeated one.

    A page that began before the watch was counted from what the server did adds its harms only: its time has been
    counted.

    Args:
        moment: the time now, by the database's clock.
        most_s: seconds that the report may add at most.
    """
    kept = watch.kept
    if seq <= kept.pages.get(page, 0):
        return None
    wall_s = (moment - watch.begun_at).total_seconds() + SLACK_S
    # The time before it was counted from what the server did is counted.
    counted_s = (watch.counted_at - watch.begun_at).total_seconds() if watch.counted_at else 0.0
    room_s = wall_s - counted_s - kept.sums.watched_s
    is_late = watch.counted_at is not None and moment - timedelta(seconds=report.elapsed_s) < watch.counted_at
    bounded = clamped(report, wall_s, min(room_s, most_s))
    if is_late:
        bounded = _without_time(bounded)
    sums = joined(kept.sums, bounded)
    found = harms(sums)
    final = ""
    if not watch.final and sums.final_lag_ms is not None:
        final = final_outcome(sums.final_lag_ms / 1000)
    pages = {one: last for one, last in kept.pages.items() if one != page} | {page: seq}
    newest = dict([*pages.items()][-PAGES_MAX:])
    changed = replace(
        watch,
        reported_at=moment,
        harms=watch.harms | found,
        final=watch.final or final,
        kept=Kept(sums=sums, pages=newest),
    )
    held_firsts = {name: None for name in FIRSTS if is_late or getattr(kept.sums, name) is not None}
    added = Added(
        report=replace(bounded, **held_firsts),  # type: ignore[arg-type]  # each of them may be None
        weight=watch.weight,
        harms=found - watch.harms,
        final=final,
        is_first=watch.reported_at is None and watch.counted_at is None,
        not_begun=bounded.not_begun,
    )
    return changed, added


def _without_time(report: Report) -> Report:
    return replace(report, seconds={}, allowed=(0.0, 0.0), lag_ms={}, max_age_ms=0.0)
