"""Measures 1,000 readers that reconnect at the same moment, as after a restart; the listen backlog is decisive."""

import time
from typing import Any

from infra.load.server import Server

READERS = 1000


def run(server: Server) -> dict[str, Any]:
    with server.readers(sessions=READERS) as readers:
        server.connect(readers, READERS, window=READERS)
        readers.ask("drop")
        time.sleep(1)
        opened = server.connect(readers, READERS, window=READERS)
        return {name: opened[name] for name in ("s", "p50_ms", "p99_ms", "failed")}
