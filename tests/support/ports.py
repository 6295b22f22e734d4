"""Chooses ports for servers that tests start in other processes, or start again at the same port."""

import secrets
import socket

from infra.stack.ports import is_free

PORTS = range(26_000, 32_000)
"""Below the ephemeral ports, which the kernel may give to any client while no server listens; and beside those that
programs choose for themselves (`playhead.up.folder.PORTS`)."""


def free_port() -> int:
    """Chooses a free port that no other test run on this machine chooses until this process ends.

    Servers need seconds before they listen, and some are away for a time.
    """
    while True:
        port = secrets.choice(PORTS)
        if _reserve(port) and is_free(port):
            return port


def _reserve(port: int) -> bool:
    """Binds a name for the port, which only one process at a time can have; the kernel drops it with the process."""
    with socket.socket(socket.AF_UNIX) as name:
        try:
            name.bind(f"\0playhead-test-port-{port}")  # an abstract address (Linux): no file
        except OSError:
            return False
        name.detach()
    return True
