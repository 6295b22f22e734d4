"""Measures one window: publishes, waits until everything has arrived or nothing more arrives, and reports."""

import time
from typing import Any

from infra.load import sampler
from infra.load.server import Readers, Server

TAIL_S = 6.0
"""Limit for the last deliveries after the end of publishing."""
STILL_S = 1.2
"""Without a delivery for this long, no more is expected."""
CHECK_INTERVAL_S = 0.1


def measure(server: Server, readers: Readers, *, n: int, sessions: int, rate: float, seconds: float) -> dict[str, Any]:
    """Publishes `rate` updates a second over `sessions` sessions, with `n` open streams.

    `cpu_ms_per_1k` is the server's CPU time for 1,000 deliveries. `lost` counts deliveries that did not arrive, also
    statuses that a slow reader skipped for the newest one.
    """
    readers.ask("mark")
    cpu_s, redis_s = server.cpu_s(), sampler.cpu_s(server.rig.redis.pids)
    sent = server.publish(sessions, rate, seconds)
    want = sent["sent"] * n // sessions
    deadline, moved_at, got = time.monotonic() + TAIL_S, time.monotonic(), -1
    while time.monotonic() < deadline and time.monotonic() - moved_at < STILL_S:
        count = readers.ask("count")["got"]
        if count >= want:
            break
        if count != got:
            got, moved_at = count, time.monotonic()
        time.sleep(CHECK_INTERVAL_S)
    cpu_s, redis_s = server.cpu_s() - cpu_s, sampler.cpu_s(server.rig.redis.pids) - redis_s
    seen = readers.ask("stats")
    return seen | {
        "want": want,
        "lost": want - seen["got"],
        "cpu_ms_per_1k": cpu_s / max(seen["got"], 1) * 1e6,
        "busy": cpu_s / sent["s"],
        "redis_busy": redis_s / sent["s"],
        "others_busy": (redis_s + sent["cpu_s"] + seen["client_cpu_s"]) / sent["s"],
        "late_ms": sent["late_ms"],
        "publish_s": sent["s"],
    }
