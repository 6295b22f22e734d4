"""Measures 50 readers that stop reading during 1,000 updates a second: the memory of each, and how long it is kept."""

import socket
import time
from typing import Any

from infra.load import sampler
from infra.load.server import Server

READERS = 50
RATE, SECONDS = 1000, 6.0
"""3 MB for each reader: as much as the kernel would buffer for a connection without a limit."""
CUT_TIMEOUT_S = 45.0
SMALL = 4096
"""Bytes of the readers' receive buffer: small, so that the server has to buffer."""


def run(server: Server) -> dict[str, Any]:
    target = server.targets[0]
    header = target.header if server.is_product else ""
    request = f"GET {server.path(target)} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n".encode()
    server.publish(1, 10, 0.5)
    base_kb = server.pss_kb()
    readers = [_stalled(server.port, request) for _ in range(READERS)]
    time.sleep(1)
    server.publish(1, RATE, SECONDS)
    stopped = time.monotonic()
    queues = sampler.send_queues(server.port)
    held_kb = (server.pss_kb() - base_kb) / READERS
    kernel_kb = sum(queues) / 1024 / READERS
    found = {"process_kb_each": held_kb, "kernel_kb_each": kernel_kb, "kb_each": held_kb + kernel_kb}
    if server.is_product:  # the other peers never end such a stream
        while (left := len(sampler.send_queues(server.port))) and time.monotonic() - stopped < CUT_TIMEOUT_S:
            time.sleep(0.2)
        found |= {"cut_s": time.monotonic() - stopped + SECONDS, "not_cut": left}
    for reader in readers:
        reader.close()
    return found


def _stalled(port: int, request: bytes) -> socket.socket:
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    reader.connect(("127.0.0.1", port))
    reader.sendall(request)
    reader.recv(200)  # it is served; from now on it reads nothing
    return reader
