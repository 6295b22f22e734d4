"""Opens 10,000 streams on one process, 64 at a time, and measures how long that takes and whether each is served.

Then all hang up, and come back with `Last-Event-ID`, 64 at a time (`resume_…`).
"""

import time
from typing import Any

from infra.load.scenarios.storm import RESUMING
from infra.load.server import Server

STREAMS = 10_000
TIMEOUT_S = 150.0
SETTLE_S = 3.0
"""Until the server has seen that all have left, and their first heartbeats are over."""


def run(server: Server) -> dict[str, Any]:
    first = _opened(server, "", STREAMS)
    resumed = _opened(server, RESUMING, STREAMS)
    return first | {f"resume_{name}": resumed[name] for name in ("open_s", "failed", "p99_ms", "cpu_ms")}


def _opened(server: Server, header: str, streams: int) -> dict[str, Any]:
    with server.readers(sessions=streams, header=header) as readers:
        cpu_s = server.cpu_s()
        opened = server.connect(readers, streams, timeout_s=TIMEOUT_S)
        cpu_ms = (server.cpu_s() - cpu_s) * 1e3 / streams
        pss_mb = server.pss_kb() / 1024
        readers.ask("drop")
        time.sleep(SETTLE_S)
    return {
        "open_s": opened["s"],
        "connects_per_s": streams / opened["s"],
        "failed": opened["failed"],
        "p50_ms": opened["p50_ms"],
        "p99_ms": opened["p99_ms"],
        "cpu_ms": cpu_ms,
        "pss_mb": pss_mb,
    }
