"""What pages report of one watch: a report within its bounds, the sum of reports, and the harms in it. Pure functions.

A report is trusted for statistics only. Whoever lies fills their own watch and nobody else's, and no further than an
honest page could have filled it in the same time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, TypeVar, cast

from playhead.live.observer import LAG_EDGES

SLACK_S = 5.0
"""A page begins before its first request arrives, and its clock and the server's run apart."""
UPDATES_PER_S = 10.0
"""The most that one stream delivers: updates are joined for 100 ms (CONTRACT, §5)."""
COUNT_SLACK = 3
"""What may happen in no time at all: the first harms are reported in the second in which they happen."""
MS_MAX = 3_600_000.0
"""An hour: whatever takes longer is as bad as an hour, and one value must not outweigh thousands in a mean."""
SLOW_MS, SLOW_COUNT_MIN, SLOW_SHARE = 500.0, 20, 0.05
"""p95 above half a second; of fewer statuses than 20 a single one would be the p95."""
ESTABLISHED_S = 5.0
"""Somebody who looks at a page without data for so long has left it in their mind."""
FINAL_IN_TIME_S, FINAL_LATE_S, FINAL_MISSING_S = 2.0, 5.0, 60.0
"""In time: as good as at once. Late is a harm after 5 s. After a minute people have reloaded the page."""
PRECISE_RTT_MS = 50.0
"""The clock's error is half of it at most: 25 ms of the 100 ms that are promised."""
EDGES_MS = tuple(edge * 1000 for edge in LAG_EDGES)
BUCKETS = len(EDGES_MS) + 1

Pair = tuple[float, float]
"""Seconds watched, and those of them in which the data were fresh."""
Numbers = TypeVar("Numbers", bound=tuple[float, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report of a page, or the sum of the reports of a watch.

    Args:
        transport: how the page gets statuses now, and `reason` why not by a stream.
        elapsed_s: since the page began to follow; of a sum: the longest.
        seconds: by transport.
        allowed: the part of all seconds in which the server allowed this person to stream.
        connect_ms: from the request of a stream to its response's head.
        first_event_ms: to the first event of the newest stream.
        first_data_ms: from the beginning to the first data.
        lag_ms: by transport: statuses by the bucket of their lag, and the sum of their lags.
        rtt_ms: of the sample by which the page knows the server's clock; None: lags cannot be trusted.
        max_age_ms: the oldest that shown data became.
        held: updates that were painted 10 s late or more.
        final_lag_ms: from the final status to its paint.
        end: nobody looks at it on this page any more; of a sum: by the newest report.
    """

    transport: str = "none"
    reason: str = ""
    elapsed_s: float = 0.0
    seconds: Mapping[str, Pair] = field(default_factory=dict)
    allowed: Pair = (0.0, 0.0)
    connect_ms: float | None = None
    first_event_ms: float | None = None
    first_data_ms: float | None = None
    lag_ms: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    rtt_ms: float | None = None
    max_age_ms: float = 0.0
    proven: int = 0
    mutes: int = 0
    stalls: int = 0
    gaps: int = 0
    reconnects: int = 0
    fallbacks: int = 0
    held: int = 0
    page_errors: int = 0
    final_lag_ms: float | None = None
    end: bool = False

    @property
    def not_begun(self) -> int:
        """Streams that brought no first event: those that were mute, and the last of those that broke or were refused
        before it."""
        is_other = self.reason != "mute" and self.first_event_ms is None
        return self.mutes + (self.fallbacks if is_other else 0)

    @property
    def watched_s(self) -> float:
        return sum(watched for watched, _ in self.seconds.values())

    @property
    def fresh_s(self) -> float:
        return sum(fresh for _, fresh in self.seconds.values())


COUNTS = ("proven", "mutes", "stalls", "gaps", "reconnects", "fallbacks", "held", "page_errors")
FIRSTS = ("connect_ms", "first_event_ms", "first_data_ms", "final_lag_ms")
"""Values of which the first one of a watch stands."""


def clamped(report: Report, wall_s: float, room_s: float = inf) -> Report:
    """The report within the bounds of what can have happened.

    Args:
        wall_s: the time since the watch began, by the server's clock.
        room_s: the part of it that may still be reported, in seconds.
    """
    most_s = max(0.0, min(wall_s, room_s, report.elapsed_s + SLACK_S))
    share = min(1.0, most_s / report.watched_s) if report.watched_s else 1.0
    seconds = {mode: _pair(watched * share, fresh * share) for mode, (watched, fresh) in report.seconds.items()}
    bounded = replace(report, seconds=seconds)
    allowed = min(report.allowed[0], bounded.watched_s)
    count_max = int(most_s) + COUNT_SLACK
    single: dict[str, Any] = {name: _ms(getattr(report, name)) for name in FIRSTS}
    counts: dict[str, Any] = {name: min(getattr(report, name), count_max) for name in COUNTS}
    return replace(
        bounded,
        elapsed_s=min(report.elapsed_s, max(0.0, wall_s)),
        allowed=_pair(allowed, min(report.allowed[1], bounded.fresh_s)),
        lag_ms=_lags(report.lag_ms, most_s * UPDATES_PER_S),
        rtt_ms=_ms(report.rtt_ms),
        max_age_ms=min(report.max_age_ms, MS_MAX),
        **single,
        **counts,
    )


def joined(sums: Report, report: Report) -> Report:
    """The sum of a watch with one more report of it."""
    single: dict[str, Any] = {name: _first(getattr(sums, name), getattr(report, name)) for name in FIRSTS}
    counts: dict[str, Any] = {name: getattr(sums, name) + getattr(report, name) for name in COUNTS}
    return replace(
        report,
        elapsed_s=max(sums.elapsed_s, report.elapsed_s),
        seconds=_added(sums.seconds, report.seconds),
        allowed=(sums.allowed[0] + report.allowed[0], sums.allowed[1] + report.allowed[1]),
        lag_ms=_added(sums.lag_ms, report.lag_ms),
        rtt_ms=report.rtt_ms if report.rtt_ms is not None else sums.rtt_ms,
        max_age_ms=max(sums.max_age_ms, report.max_age_ms),
        **single,
        **counts,
    )


def harms(report: Report) -> frozenset[str]:
    """What happened to the person who watched, of `catalog.HARMS`."""
    final_s = (report.final_lag_ms or 0.0) / 1000
    found = {
        "mute": report.held > 0,
        "never_established": _is_never_established(report),
        "final_late": FINAL_LATE_S < final_s <= FINAL_MISSING_S,
        "final_missing": final_s > FINAL_MISSING_S,
        "fallback": report.fallbacks > 0,
        "slow": _is_slow(report.lag_ms.get("stream", ())),
        "page_error": report.page_errors > 0,
    }
    return frozenset(harm for harm, is_found in found.items() if is_found)


def final_outcome(late_s: float) -> str:
    """How a final status came that was shown so many seconds after it was written: `in_time`, `late` or `missing`."""
    if late_s <= FINAL_IN_TIME_S:
        return "in_time"
    return "late" if late_s <= FINAL_MISSING_S else "missing"


def _is_never_established(report: Report) -> bool:
    if report.first_data_ms is not None:
        return report.first_data_ms >= ESTABLISHED_S * 1000
    has_data = report.fresh_s > 0 or bool(report.lag_ms) or report.final_lag_ms is not None
    return not has_data and report.watched_s >= ESTABLISHED_S


def _is_slow(lags: Sequence[float]) -> bool:
    counts = lags[:BUCKETS]
    slow = sum(count for count, edge in zip(counts[1:], EDGES_MS, strict=False) if edge >= SLOW_MS)
    return sum(counts) >= SLOW_COUNT_MIN and slow > SLOW_SHARE * sum(counts)


def _pair(watched: float, fresh: float) -> Pair:
    return round(watched, 3), round(min(fresh, watched), 3)


def _ms(value: float | None) -> float | None:
    return None if value is None else min(value, MS_MAX)


def _first(held: float | None, fresh: float | None) -> float | None:
    return fresh if held is None else held


def _lags(lags: Mapping[str, Sequence[float]], most: float) -> dict[str, tuple[float, ...]]:
    """The same with at most so many statuses, and a sum that fits them; without transports that have none."""
    total = sum(sum(one[:BUCKETS]) for one in lags.values())
    share = min(1.0, most / total) if total else 1.0
    bounded = {}
    for mode, one in lags.items():
        counts = [float(int(count * share)) for count in one[:BUCKETS]]
        if any(counts):
            least = sum(count * edge for count, edge in zip(counts, (0.0, *EDGES_MS), strict=True))
            longest = sum(count * edge for count, edge in zip(counts, (*EDGES_MS, MS_MAX), strict=True))
            bounded[mode] = (*counts, round(min(max(one[BUCKETS] * share, least), longest), 3))
    return bounded


def _added(held: Mapping[str, Numbers], fresh: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Adds what is held for each transport, number by number."""
    added = dict(held)
    for mode, numbers in fresh.items():
        last = held.get(mode) or (0.0,) * len(numbers)
        added[mode] = cast("Numbers", tuple(round(a + b, 3) for a, b in zip(last, numbers, strict=True)))
    return added
