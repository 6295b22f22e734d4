"""Measures 1,000 readers with a session each that stream, wait, or poll each 3 s, with the same updates for all.

Each kind has a server of its own, so that memory which another left free is not counted. Updates are committed, because
polls read the database, and then published; the mark is of the time before the commit. At last one client waits behind
a proxy that holds every response back until it is complete.
"""

import time
from typing import Any

from infra.load.server import Readers, Server
from infra.load.server import server as another_server
from infra.proxies.proxy import proxy

N = 1000
EVERY_S, SECONDS = 10.0, 30.0
"""Each session changes every 10 s, so that the polls of all three kinds keep up with it on one core."""
POLL_S = 3.0
WARM_UP = 20
SETTLE_S, TAIL_S = 5.0, 4.0
"""Time until all clients have asked and have a first heartbeat; and for the last answers: a poll and a bit."""
ALONE = 200
"""Updates that nobody reads, whose commands to Redis are those of publishing."""
PROXY_CHANGES, PROXY_EVERY_S = 20, 1.0


def run(server: Server) -> dict[str, Any]:
    found = _measured(server, "stream", None)
    for name, every_s in (("wait", None), ("poll", POLL_S)):
        with another_server(server.rig, server.name, server.targets, server.rig.folder / "seeded") as other:
            found |= _measured(other, name, every_s)
            found |= _behind_a_proxy(other) if name == "wait" else {}
    return found


def _measured(server: Server, name: str, every_s: float | None) -> dict[str, Any]:
    commands = _commands(server)
    server.publish(WARM_UP, ALONE, 1.0, commits=True)
    per_update = (_commands(server) - commands) / ALONE
    with server.readers(N) if name == "stream" else server.pollers() as clients:
        _begin(server, clients, WARM_UP, name, every_s)
        server.publish(WARM_UP, WARM_UP, 2.0, commits=True)
        clients.ask("drop")
        time.sleep(1)
        base_kb = server.pss_kb()
        _begin(server, clients, N, name, every_s)
        time.sleep(SETTLE_S)
        kb = (server.pss_kb() - base_kb) / N
        clients.ask("mark")
        began, cpu_s, commands = time.monotonic(), server.cpu_s(), _commands(server)
        sent = server.publish(N, N / EVERY_S, SECONDS, commits=True)["sent"]
        time.sleep(TAIL_S)
        took_s, cpu_s, commands = time.monotonic() - began, server.cpu_s() - cpu_s, _commands(server) - commands
        seen = clients.ask("stats")
    if seen["refusal"]:
        raise RuntimeError(f"{name}: refused: {seen['refusal'][:300]!r}")
    got = seen["got"]
    return {
        f"{name}_kb": kb,
        f"{name}_cpu_ms_per_1k": cpu_s / got * 1e6,
        f"{name}_busy": cpu_s / took_s,
        f"{name}_redis_per_1k": (commands - per_update * sent) / got * 1e3,
        f"{name}_requests_per_1k": seen.get("asked", 0) / got * 1e3,
        f"{name}_p50_ms": seen["p50_ms"],
        f"{name}_p99_ms": seen["p99_ms"],
        f"{name}_lost": sent - got,
    }


def _begin(server: Server, clients: Readers, n: int, name: str, every_s: float | None) -> None:
    if name == "stream":
        server.connect(clients, n)
    else:
        server.poll(clients, n, every_s=every_s, spread_s=POLL_S)


def _behind_a_proxy(server: Server) -> dict[str, Any]:
    with server.pollers() as clients, proxy(server.port, "hold-headers") as way:
        server.poll(clients, 1, way.port, every_s=None, spread_s=0.0)
        time.sleep(1)
        clients.ask("mark")
        sent = server.publish(1, 1 / PROXY_EVERY_S, PROXY_CHANGES * PROXY_EVERY_S, commits=True)["sent"]
        time.sleep(1)
        seen = clients.ask("stats")
    return {"proxy_p50_ms": seen["p50_ms"], "proxy_p99_ms": seen["p99_ms"], "proxy_lost": sent - seen["got"]}


def _commands(server: Server) -> int:
    """Commands that Redis has processed so far."""
    for line in server.rig.ask("INFO", "stats").splitlines():
        if line.startswith(b"total_commands_processed:"):
            return int(line.partition(b":")[2])
    raise RuntimeError("Redis does not count its commands")
