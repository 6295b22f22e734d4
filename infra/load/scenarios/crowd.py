"""Opens 10,000 streams on one process, 64 at a time, and measures how long that takes and whether each is served."""

from typing import Any

from infra.load.server import Server

STREAMS = 10_000
TIMEOUT_S = 150.0


def run(server: Server) -> dict[str, Any]:
    with server.readers(sessions=STREAMS) as readers:
        opened = server.connect(readers, STREAMS, timeout_s=TIMEOUT_S)
        return {
            "open_s": opened["s"],
            "failed": opened["failed"],
            "p50_ms": opened["p50_ms"],
            "p99_ms": opened["p99_ms"],
            "pss_mb": server.pss_kb() / 1024,
        }
