"""Chooses loopback ports for servers that need seconds before they listen."""

import secrets
import socket
from pathlib import Path

PORTS = range(20_000, 32_000)
"""Below the ephemeral ports, which a client might get while the server does not listen yet."""


def quiet_port() -> int:
    """Chooses a free port outside the ephemeral ports."""
    while True:
        port = secrets.choice(PORTS)
        if is_free(port):
            return port


def kept_port(file: Path) -> int:
    """Returns the port stored in `file` if it is free; else chooses another one and stores it."""
    last = file.read_text() if file.exists() else ""
    if last.isdecimal() and int(last) in PORTS and is_free(int(last)):
        return int(last)
    port = quiet_port()
    file.write_text(str(port))
    return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT counts as free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
