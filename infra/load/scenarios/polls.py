"""Measures 1,000 clients that poll at the same moment, and 1,000 that wait, as after a restart.

`poll_…`: each on a new connection, with the `ETag` that it has: 304. `again_…`: the same on the connections of before.
`wait_…`: `Prefer: wait=20` on new connections. `wait_held_s` is the time until the server listens for all of them. Then
one update of each session is published, all at once, which answers all: `wait_answered_s` after the first of them.
"""

import time
from typing import Any

from infra.load.server import Readers, Server

N = 1000
WAIT_S, WARM_UP_WAIT_S = 20, 1
AT_ONCE = 100_000
"""Updates a second: as fast as the publisher goes."""
SETTLE_S, TIMEOUT_S, CHECK_INTERVAL_S = 1.0, 15.0, 0.005
"""The time after which what a request left to do is done; until a phase fails; between two looks."""


def run(server: Server) -> dict[str, Any]:
    with server.pollers() as pollers:
        _asked(server, pollers)  # all get their first answer, and its tag
        pollers.ask("hang_up")
        found = {f"poll_{name}": value for name, value in _polled(server, pollers).items()}
        found |= {f"again_{name}": value for name, value in _polled(server, pollers).items()}
        _asked(server, pollers, WARM_UP_WAIT_S)
        pollers.ask("hang_up")
        time.sleep(SETTLE_S)
        waited = _waited(server, pollers)
    return found | {f"wait_{name}": value for name, value in waited.items()} | {"connects_per_s": N / found["poll_s"]}


def _asked(server: Server, pollers: Readers, wait_s: int = 0) -> dict[str, Any]:
    server.poll_once(pollers, N, wait_s=wait_s)
    return _answered(pollers)


def _answered(pollers: Readers) -> dict[str, Any]:
    """Wait for all answers. Raises RuntimeError where one is missing or a refusal."""
    seen = pollers.ask("all_answered", timeout_s=TIMEOUT_S)
    if wrong := seen["refused"] + seen["asking"] + seen["reopened"]:
        raise RuntimeError(f"{wrong} of {N} without an answer: {seen['refusal'][:300]!r}")
    return seen


def _polled(server: Server, pollers: Readers) -> dict[str, Any]:
    time.sleep(SETTLE_S)
    cpu_s = server.cpu_s()
    seen = _asked(server, pollers)
    time.sleep(SETTLE_S)
    if seen["unchanged"] != N:
        raise RuntimeError(f"only {seen['unchanged']} of {N} were unchanged")
    return {"s": seen["s"], "cpu_ms": (server.cpu_s() - cpu_s) * 1e3 / N}


def _waited(server: Server, pollers: Readers) -> dict[str, Any]:
    topics, cpu_s, began = _topics(server), server.cpu_s(), time.monotonic()
    server.poll_once(pollers, N, wait_s=WAIT_S)
    while _topics(server) < topics + N:
        if time.monotonic() > began + TIMEOUT_S:
            raise RuntimeError(f"only {_topics(server) - topics} of {N} wait")
        time.sleep(CHECK_INTERVAL_S)
    held_s = time.monotonic() - began
    time.sleep(SETTLE_S)
    server.publish(N, AT_ONCE, N / AT_ONCE)
    seen = _answered(pollers)
    if seen["got"] != N:
        raise RuntimeError(f"only {seen['got']} of {N} got the update")
    cpu_ms = (server.cpu_s() - cpu_s) * 1e3 / N
    return {"held_s": held_s, "answered_s": seen["max_ms"] / 1e3, "p99_ms": seen["p99_ms"], "cpu_ms": cpu_ms}


def _topics(server: Server) -> int:
    """Channels that have subscribers."""
    info = server.rig.ask("INFO", "stats").decode()
    return next(int(line.partition(":")[2]) for line in info.splitlines() if line.startswith("pubsub_channels:"))
