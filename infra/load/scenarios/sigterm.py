"""Sends SIGTERM with 1,000 streams open, and measures the time until the end, and how many readers got no goodbye."""

import time
from typing import Any

from infra.load.server import Server

READERS = 1000
TIMEOUT_S = 10.0


def run(server: Server) -> dict[str, Any]:
    with server.readers(sessions=READERS) as readers:
        server.connect(readers, READERS)
        time.sleep(2)  # until after the first heartbeat
        readers.ask("mark")
        exit_s = server.running.signal_and_wait(timeout_s=TIMEOUT_S)
        seen = readers.ask("stats")
        return {
            "exit_s": exit_s,
            "without_goodbye": READERS - seen["goodbyes"],
            "without_last_chunk": READERS - seen["clean"],
        }
