"""Measures what observing costs: CPU of a delivery to 1,000 readers, with the product's observers and without.

Both servers run at once, on one core, and each has readers of a session of its own. Updates of the two sessions
alternate, and the CPU time of both is read for the same windows: so what else the machine does slows both alike.
"""

import sys
import time
from statistics import median
from typing import Any

from infra.load.scenarios.fanout import RATE, READERS, SETTLE_S
from infra.load.scenarios.window import measure
from infra.load.server import Readers, Server
from infra.load.server import server as another_server

WINDOWS, SECONDS = 20, 4.0
"""80,000 deliveries of each server in a window, about 1 s of CPU, within which garbage is collected."""
TAIL_S = 0.2
"""Until the last update has arrived at the second server's readers, too."""
WITHOUT = [sys.executable, "-m", "infra.load.apps.unobserved"]


def run(server: Server) -> dict[str, Any]:
    others, seeded = server.targets[1:], server.rig.folder / "seeded"
    with (
        another_server(server.rig, server.name, others, seeded, command=WITHOUT) as without,
        server.readers(sessions=1) as readers,
        without.readers(sessions=1) as others_readers,
    ):
        server.connect(readers, READERS)
        without.connect(others_readers, READERS)
        time.sleep(SETTLE_S)
        _costs_us(server, readers, without, others_readers, 1.0)
        found = [_costs_us(server, readers, without, others_readers, SECONDS) for _ in range(WINDOWS)]
    added = [observed - bare for observed, bare in found]
    return {
        "observed_us": median(observed for observed, _ in found),
        "without_us": median(bare for _, bare in found),
        "added_us": median(added),
        "added_min_us": min(added),
        "added_max_us": max(added),
        "added_percent": median((observed / bare - 1) * 100 for observed, bare in found),
    }


def _costs_us(
    server: Server, readers: Readers, without: Server, others: Readers, seconds: float
) -> tuple[float, float]:
    """CPU of one delivery in µs: of the server with observers, and of the one without."""
    others.ask("mark")
    cpu_s = without.cpu_s()
    measured = measure(server, readers, n=READERS, sessions=2, rate=2 * RATE, seconds=seconds)
    time.sleep(TAIL_S)
    bare_us = (without.cpu_s() - cpu_s) / others.ask("stats")["got"] * 1e6
    return measured["cpu_ms_per_1k"], bare_us
