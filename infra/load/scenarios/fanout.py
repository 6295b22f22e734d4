"""Measures 1,000 readers of one session, with 20 updates a second for 12 s, which include a full garbage collection."""

import time
from typing import Any

from infra.load.scenarios.window import measure
from infra.load.server import Server

READERS, RATE, SECONDS = 1000, 20, 12.0
SETTLE_S = 1.0


def run(server: Server) -> dict[str, Any]:
    with server.readers(sessions=1) as readers:
        server.connect(readers, READERS)
        time.sleep(SETTLE_S)
        measure(server, readers, n=READERS, sessions=1, rate=10, seconds=1)
        return measure(server, readers, n=READERS, sessions=1, rate=RATE, seconds=SECONDS)
