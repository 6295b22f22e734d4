"""Measures what open streams feel while many others come in one moment, and when the last of those is back.

500 streams get an update a second each: alone, then while 1,000 more open at once, then while 9,500 do. Readers that
are told when to come (`Retry-After`) come back then. `felt` is measured from the first request to the last stream.
"""

import threading
import time
from typing import Any

from infra.load.server import Readers, Server

STREAMS = 500
STORMS = {1000: 4.0, 9500: 15.0}
"""Readers of a storm, and how long updates are published then. With the open streams one for each of the rig's
10,000 sessions."""
SOCKETS = STREAMS + max(STORMS)
CALM_S = 6.0
BEFORE_S = 1.0
TIMEOUT_S = 120.0


def run(server: Server) -> dict[str, Any]:
    with server.readers(sessions=STREAMS) as open_readers:
        server.connect(open_readers, STREAMS)
        time.sleep(BEFORE_S)
        found = {f"calm_{name}": value for name, value in _felt(server, open_readers, CALM_S).items()}
        for size in STORMS:
            found |= {f"{name}_{size}": value for name, value in _storm(server, open_readers, size).items()}
    return found


def _felt(server: Server, open_readers: Readers, seconds: float) -> dict[str, Any]:
    open_readers.ask("mark")
    server.publish(STREAMS, STREAMS, seconds)
    return _times(open_readers.ask("stats"))


def _storm(server: Server, open_readers: Readers, size: int) -> dict[str, Any]:
    publishing = threading.Thread(target=server.publish, args=(STREAMS, STREAMS, STORMS[size]))
    with server.readers(sessions=size, first=STREAMS) as readers:
        publishing.start()
        time.sleep(BEFORE_S)
        open_readers.ask("mark")
        cpu_s = server.cpu_s()
        opened = readers.ask("connect", n=size, window=size, timeout_s=TIMEOUT_S)
        felt, cpu_s = open_readers.ask("stats"), server.cpu_s() - cpu_s
        publishing.join()
    if opened["ok"] < size:
        raise RuntimeError(f"{opened['ok']} of {size} streams opened: {opened['refusal'][:300]!r}")
    found = {name: opened[name] for name in ("s", "p99_ms", "failed", "refused")}
    return found | {"cpu_ms": cpu_s * 1e3 / size} | {f"felt_{name}": value for name, value in _times(felt).items()}


def _times(stats: dict[str, Any]) -> dict[str, Any]:
    return {name: stats[name] for name in ("p50_ms", "p99_ms", "max_ms", "skipped")}
