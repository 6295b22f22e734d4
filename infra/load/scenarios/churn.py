"""100,000 streams that are opened and left: what the process holds afterwards that it did not after the first tenth."""

import time
from typing import Any

from infra.load.scenarios.keys import listened
from infra.load.server import Server

STREAMS = 100_000
WARM_UP = STREAMS // 10
"""The first tenth fills pools, caches and the heap's holes: growth after it is a leak."""
SETTLE_S = 3.0
PER_STREAM_S = 0.02


def run(server: Server, streams: int = STREAMS, warm_up: int = WARM_UP) -> dict[str, Any]:
    began = server.pss_kb()
    with server.readers(sessions=len(server.targets)) as readers:
        server.connect(readers, warm_up, leave=True, timeout_s=warm_up * PER_STREAM_S)
        time.sleep(SETTLE_S)
        warm, cpu_s = server.pss_kb(), server.cpu_s()
        opened = server.connect(readers, streams - warm_up, leave=True, timeout_s=streams * PER_STREAM_S)
        cpu_s = server.cpu_s() - cpu_s
        time.sleep(SETTLE_S)
        after = server.pss_kb()
        return {
            "start_mb": began / 1024,
            "warm_mb": warm / 1024,
            "after_mb": after / 1024,
            "grown_kb": after - warm,
            "left": listened(server),
            "per_s": (streams - warm_up) / opened["s"],
            "cpu_ms": cpu_s * 1e3 / (streams - warm_up),
        }
