"""Finds the most deliveries a second with p99 ≤ 100 ms and none missing: raises the rate until one fails, then bisects.

`fanout`: over 1,000 readers of one session. `spread`: over 1,000 sessions with a reader each.
"""

import time
from typing import Any

from infra.load.scenarios.window import measure
from infra.load.server import Readers, Server

READERS = 1000
P99_MS = 100.0
MISSING = 0.02
"""Share of deliveries that may be missing: a slow reader gets the newest status instead of older ones."""
SECONDS = 3.0
LATE = 1.13
"""If the publisher takes longer than planned by this factor, it is the limit itself."""
FACTOR, STEPS = 1.6, 12
"""Factor between two rates, and the most steps: up to 700,000 deliveries a second."""
FANOUT_FIRST, SPREAD_FIRST = 4.0, 2500.0
"""Updates a second: 4,000 and 2,500 deliveries."""
FINE = 2


def fanout(server: Server) -> dict[str, Any]:
    return _climb(server, sessions=1, first=FANOUT_FIRST)


def spread(server: Server) -> dict[str, Any]:
    return _climb(server, sessions=READERS, first=SPREAD_FIRST)


def _climb(server: Server, *, sessions: int, first: float) -> dict[str, Any]:
    with server.readers(sessions=sessions) as readers:
        server.connect(readers, READERS)
        time.sleep(1)
        measure(server, readers, n=READERS, sessions=sessions, rate=first / 2, seconds=1)
        best: dict[str, Any] = {"rate": 0.0}
        rate, failed = first, 0.0
        for _ in range(STEPS):
            found = _hold(server, readers, sessions, rate)
            if found is None:
                failed = rate
                break
            best = found
            rate *= FACTOR
        for _ in range(FINE if failed else 0):
            middle = (best["rate"] + failed) / 2
            if (found := _hold(server, readers, sessions, middle)) is None:
                failed = middle
            else:
                best = found
        return best | {"per_s": best["rate"] * READERS / sessions, "publishes_per_s": best["rate"]}


def _hold(server: Server, readers: Readers, sessions: int, rate: float) -> dict[str, Any] | None:
    """Measure this rate, and again after a failure, because the machine may have been busy; None if both fail."""
    for _ in range(2):
        found = measure(server, readers, n=READERS, sessions=sessions, rate=rate, seconds=SECONDS)
        if (
            found["lost"] <= MISSING * found["want"]
            and found["p99_ms"] <= P99_MS
            and found["publish_s"] <= SECONDS * LATE
        ):
            return found | {"rate": rate}
        time.sleep(0.5)
    return None
