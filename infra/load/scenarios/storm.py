"""Measures 1,000 readers that reconnect at the same moment, as after a restart; the listen backlog is decisive.

Then the same with `Last-Event-ID`, as browsers do (`resume_…`).
"""

import time
from typing import Any

from infra.load.server import Server

READERS = 1000
RESUMING = "Last-Event-ID: 1\r\n"


def run(server: Server) -> dict[str, Any]:
    found = _storm(server, "", "") | _storm(server, RESUMING, "resume_")
    return found | {"connects_per_s": READERS / found["s"]}


def _storm(server: Server, header: str, prefix: str) -> dict[str, Any]:
    with server.readers(sessions=READERS, header=header) as readers:
        server.connect(readers, READERS, window=READERS)
        readers.ask("drop")
        time.sleep(1)
        cpu_s = server.cpu_s()
        opened = server.connect(readers, READERS, window=READERS)
        cpu_ms = (server.cpu_s() - cpu_s) * 1e3 / READERS
        found = {name: opened[name] for name in ("s", "p50_ms", "p99_ms", "failed")} | {"cpu_ms": cpu_ms}
        readers.ask("drop")
        time.sleep(1)
    return {prefix + name: value for name, value in found.items()}
