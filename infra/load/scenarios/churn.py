"""Opens and closes 100,000 streams, or as many as fit into 5 minutes, and measures the growth of the process."""

import time
from typing import Any

from infra.load.scenarios.keys import listened
from infra.load.server import Server

STREAMS, BATCH = 100_000, 5000
WINDOW = 64
"""Streams that are open at once."""
WARM_UP = STREAMS // 10
"""The first streams fill pools, caches and gaps of the heap, and later ones still some. What counts is `grown_late_kb`,
the growth in the second half, in which a leak would continue."""
LONGEST_S = 300.0
SETTLE_S = 3.0


def run(server: Server, streams: int = STREAMS, warm_up: int = WARM_UP) -> dict[str, Any]:
    began, before = server.pss_kb(), listened(server)
    with server.readers(sessions=len(server.targets)) as readers:
        server.connect(readers, warm_up, window=WINDOW, leave=True, timeout_s=LONGEST_S)
        time.sleep(SETTLE_S)
        warm, cpu_s = server.pss_kb(), server.cpu_s()
        done, started, sizes = 0, time.monotonic(), [warm]
        while done < streams - warm_up and time.monotonic() - started < LONGEST_S:
            server.connect(readers, BATCH, window=WINDOW, leave=True, timeout_s=LONGEST_S)
            done += BATCH
            sizes.append(server.pss_kb())
        took_s, cpu_s = time.monotonic() - started, server.cpu_s() - cpu_s
        time.sleep(SETTLE_S)
        after = server.pss_kb()
        return {
            "streams": warm_up + done,
            "start_mb": began / 1024,
            "warm_mb": warm / 1024,
            "after_mb": after / 1024,
            "grown_kb": after - warm,
            "grown_late_kb": after - sizes[len(sizes) // 2],
            "left": listened(server) - before,
            "connects_per_s": done / took_s,
            "churn_per_s": done / took_s,
            "cpu_ms": cpu_s * 1e3 / done,
        }
