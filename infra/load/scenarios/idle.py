"""Measures 1,000 and then 5,000 idle streams: the memory of each, and how fast they open, 64 at a time."""

import time
from typing import Any

from infra.load.server import Server

SIZES = (1000, 5000)
WARM_UP = 20
SETTLE_S, CALM_S = 2.0, 4.0
"""Time before the measurement, because the first heartbeat is sent 1 s after a stream's start, and its length."""


def run(server: Server, sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with server.readers(sessions=sizes[-1]) as readers:
        server.connect(readers, WARM_UP)
        readers.ask("drop")
        time.sleep(SETTLE_S)
        base_kb, held = server.pss_kb(), 0
        for size in sizes:
            cpu_s = server.cpu_s()
            opened = server.connect(readers, size - held)
            cpu_s = server.cpu_s() - cpu_s
            time.sleep(SETTLE_S)
            found |= {
                f"kb_{size}": (server.pss_kb() - base_kb) / size,
                f"open_s_{size}": opened["s"],
                f"failed_{size}": opened["failed"],
                f"open_p50_ms_{size}": opened["p50_ms"],
                f"open_p99_ms_{size}": opened["p99_ms"],
                f"open_cpu_ms_{size}": cpu_s * 1e3 / (size - held),
                "connects_per_s": (size - held) / opened["s"],
            }
            held = size
        cpu_s = server.cpu_s()
        time.sleep(CALM_S)
        return found | {"base_mb": base_kb / 1024, "idle_busy": (server.cpu_s() - cpu_s) / CALM_S}
