"""One measured window: publish, wait until everything has come or nothing more comes, report."""

import time
from typing import Any

from infra.load import sampler
from infra.load.server import Readers, Server

TAIL_S = 6.0
"""How long what was sent may still be on its way."""
STILL_S = 1.2
"""Nothing came for so long: nothing will."""
LOOK_S = 0.1


def measure(server: Server, readers: Readers, *, n: int, sessions: int, rate: float, seconds: float) -> dict[str, Any]:
    """Updates at `rate` a second over so many sessions, with `n` streams open on them.

    `cpu_ms_per_1k`: the server's CPU for 1,000 deliveries. `lost`: deliveries that never came; a reader that was
    given the newest status instead of one it was too slow for counts here, too.
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
        time.sleep(LOOK_S)
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
