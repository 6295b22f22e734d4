"""Measures 1,000 sessions with a reader each: an update a second of each, then 20,000 a second in all, for the CPU."""

import time
from typing import Any

from infra.load.scenarios.window import measure
from infra.load.server import Server

SESSIONS, SECONDS = 1000, 8.0
LOAD_RATE, LOAD_SECONDS = 20_000, 4.0
SETTLE_S = 10.0
"""Within it the database has what openings write later: of 1,000 streams 40 ms of CPU, 0.5 % of the window."""


def run(server: Server) -> dict[str, Any]:
    with server.readers(sessions=SESSIONS) as readers:
        server.connect(readers, SESSIONS)
        time.sleep(SETTLE_S)
        measure(server, readers, n=SESSIONS, sessions=SESSIONS, rate=1000, seconds=1)
        calm = measure(server, readers, n=SESSIONS, sessions=SESSIONS, rate=1000, seconds=SECONDS)
        load = measure(server, readers, n=SESSIONS, sessions=SESSIONS, rate=LOAD_RATE, seconds=LOAD_SECONDS)
        return calm | {f"load_{name}": value for name, value in load.items()}
