"""Counts the streams that remain after 3,000 readers reset their connection 0.5 to 3 ms after the request.

Each reader requests another session, so that Redis's number of subscribed channels is the number of remaining streams.
"""

import socket
import time
from typing import Any

from infra.load.scenarios.keys import listened
from infra.load.server import Server

READERS = 3000
DELAYS_S = (0.0005, 0.001, 0.0015, 0.002, 0.003)
RESET = b"\x01\0\0\0\0\0\0\0"
"""SO_LINGER on, with 0 s: closing resets the connection."""
SETTLE_S = 3.0


def run(server: Server) -> dict[str, Any]:
    before, began = listened(server), time.monotonic()
    for number, target in enumerate(server.targets[:READERS]):
        header = target.header if server.is_product else ""
        request = f"GET {server.path(target)} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n"
        reader = socket.create_connection(("127.0.0.1", server.port))
        reader.sendall(request.encode())
        time.sleep(DELAYS_S[number % len(DELAYS_S)])
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        reader.close()
    per_s = READERS / (time.monotonic() - began)
    time.sleep(SETTLE_S)
    return {"left": listened(server) - before, "connects_per_s": per_s, "churn_per_s": per_s}
