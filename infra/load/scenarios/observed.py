"""Measures what observing costs: CPU of a delivery to 1,000 readers, with the product's observers and without.

Both run at once, each with readers of a session of its own, and are loaded in turns: A B, B A, A B. So each turn
compares two windows of the same few seconds, and what else the machine does mostly cancels out in the median.
"""

import sys
import time
from statistics import median
from typing import Any

from infra.load.scenarios.fanout import RATE, READERS, SETTLE_S
from infra.load.scenarios.window import measure
from infra.load.server import Readers, Server
from infra.load.server import server as another_server

TURNS, SECONDS = 12, 4.0
"""Windows of 80,000 deliveries, about 1 s of CPU, within which garbage is collected. Beside other jobs two of them
differ by up to a fifth."""
UNOBSERVED = [sys.executable, "-m", "infra.load.apps.unobserved"]


def run(server: Server) -> dict[str, Any]:
    others = server.targets[1:]
    seeded = server.rig.folder / "seeded"
    with (
        another_server(server.rig, server.name, others, seeded, command=UNOBSERVED) as without,
        server.readers(sessions=1) as ours,
        without.readers(sessions=1) as theirs,
    ):
        pairs = ((server, ours), (without, theirs))
        for each, readers in pairs:
            each.connect(readers, READERS)
        time.sleep(SETTLE_S)
        for each, readers in pairs:
            _cost_us(each, readers, 1.0)
        found: list[tuple[float, float]] = []
        for turn in range(TURNS):
            order = pairs if turn % 2 == 0 else pairs[::-1]
            costs = [_cost_us(each, readers, SECONDS) for each, readers in order]
            found.append((costs[0], costs[1]) if turn % 2 == 0 else (costs[1], costs[0]))
    added = [observed - bare for observed, bare in found]
    return {
        "observed_us": median(observed for observed, _ in found),
        "without_us": median(bare for _, bare in found),
        "added_us": median(added),
        "added_min_us": min(added),
        "added_max_us": max(added),
        "added_percent": median((observed / bare - 1) * 100 for observed, bare in found),
    }


def _cost_us(server: Server, readers: Readers, seconds: float) -> float:
    """CPU of one delivery, in µs."""
    cost: float = measure(server, readers, n=READERS, sessions=1, rate=RATE, seconds=seconds)["cpu_ms_per_1k"]
    return cost
