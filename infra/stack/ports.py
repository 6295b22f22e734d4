"""Ports on the loopback for servers that work for seconds before they listen."""

import secrets
import socket
from pathlib import Path

PORTS = range(20_000, 32_000)
"""Below those that systems give to clients: one of these could go while the server does not listen yet."""


def quiet_port() -> int:
    """A port that nobody uses now, and that nobody is given by chance."""
    while True:
        port = secrets.choice(PORTS)
        if is_free(port):
            return port


def kept_port(file: Path) -> int:
    """The port that `file` holds from the last time, if it is free; else another one, which it holds from now on."""
    last = file.read_text() if file.exists() else ""
    if last.isdecimal() and int(last) in PORTS and is_free(int(last)):
        return int(last)
    port = quiet_port()
    file.write_text(str(port))
    return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just let go of counts as free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
