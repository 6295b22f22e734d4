"""What a report says, as attributes of its span in a trace. A pure function."""

from collections.abc import Mapping

from playhead.live.observer import LAG_EDGES
from playhead.monitoring.sums.histogram import in_ms, quantile
from playhead.monitoring.watches.report import COUNTS, FIRSTS, Report

Value = str | int | float | tuple[int, ...]


def attributes_of(report: Report) -> Mapping[str, Value]:
    """Returns the attributes: times in ms where the name says so, and only what was measured or is not zero."""
    found: dict[str, Value] = {"playhead.transport": report.transport}
    if report.reason:
        found["playhead.reason"] = report.reason
    measured = {name: getattr(report, name) for name in (*FIRSTS, "rtt_ms", "max_age_ms")}
    found |= {f"playhead.{name}": value for name, value in measured.items() if value is not None}
    found |= {f"playhead.{name}": count for name in COUNTS if (count := getattr(report, name))}
    for mode, (*counts, sum_ms) in report.lag_ms.items():
        if not (total := sum(counts)):
            continue
        lag = f"playhead.lag.{mode}"
        found |= {f"{lag}.buckets": tuple(map(int, counts)), f"{lag}.mean_ms": sum_ms / total}
        found |= {f"{lag}.p95_ms": in_ms(quantile(LAG_EDGES, counts, 0.95)) or 0.0}
    return found
