"""What a leg of a canary reports by `POST /telemetry`: the same as a page would that followed the session like this."""

import secrets
from bisect import bisect_left
from itertools import pairwise
from typing import Any

from playhead.cli.canary_leg import Leg
from playhead.live.observer import LAG_EDGES

PROVEN_MS = 500.0
"""Two events of a stream that are so far apart prove that the path delivers each as it comes."""
HELD_MS = 10_000.0
"""An update that is so late counts as held."""
EDGES_MS = tuple(edge * 1000 for edge in LAG_EDGES)


def wanted(leg: Leg) -> bool:
    """Whether the server wants this leg reported."""
    return leg.telemetry == "" or (leg.telemetry == "harms" and leg.outcome == "failed")


def report(leg: Leg) -> dict[str, Any]:
    """The report of a whole leg (CONTRACT.md, §3)."""
    watched_s = (leg.ended_ms - leg.began_ms) / 1000
    # A heartbeat and a half is longer than a round, so data are fresh from the first ones on.
    fresh_s = (leg.ended_ms - leg.arrivals[0].came_ms) / 1000 if leg.arrivals else 0.0
    span = [round(watched_s, 3), round(min(fresh_s, watched_s), 3)]
    is_stream = leg.name == "stream"
    proven = int(is_stream and bool(leg.events) and leg.events[-1] - leg.events[0] >= PROVEN_MS)
    mutes = int(is_stream and leg.why == "mute")
    stalls = int(is_stream and leg.why in ("no_final", "late") and not proven)
    of_path = {"proven": proven, "mutes": mutes, "stalls": stalls}
    if leg.is_by_ticket:
        of_path |= {f"{name}_by_ticket": count for name, count in of_path.items()}
    return {
        "page": secrets.token_hex(8),
        "seq": 1,
        "session_id": leg.session_id,
        "transport": leg.mode,
        "reason": None if is_stream else "manual",
        "protocol": {"HTTP/2": "h2"}.get(leg.protocol, leg.protocol.lower()),
        "elapsed_s": round(watched_s, 3),
        "seconds": {leg.mode: span},
        "allowed": span if leg.may_stream else [0, 0],
        "connect_ms": leg.connect_ms,
        "first_event_ms": leg.first_event_ms,
        "first_data_ms": leg.arrivals[0].came_ms - leg.began_ms if leg.arrivals else None,
        "lag_ms": {leg.mode: lags(leg.lags_ms)} if leg.lags_ms and leg.clock.rtt_ms is not None else {},
        "rtt_ms": leg.clock.rtt_ms,
        "max_age_ms": max((later - earlier for earlier, later in pairwise(leg.events)), default=0.0),
        **of_path,
        "reconnects": max(0, leg.opened - 1),
        "held": sum(lag >= HELD_MS for lag in leg.lags_ms),
        "final_lag_ms": leg.final_lag_ms,
        "end": True,
    }


def lags(found_ms: list[float]) -> list[float]:
    """The counts by bucket, and the sum."""
    counts = [0.0] * (len(EDGES_MS) + 1)
    for lag_ms in found_ms:
        counts[bisect_left(EDGES_MS, lag_ms)] += 1
    return [*counts, round(sum(found_ms), 3)]
