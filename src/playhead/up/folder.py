"""Locks the data folder and checks the port before anything starts."""

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playhead.errors import ConfigError
from playhead.port import cannot_listen

PORTS = range(20_000, 26_000)
"""Below the ephemeral ports (Linux: from 32,768), which the kernel may give to a client before a server listens."""


@contextmanager
def lock_folder(data: Path) -> Iterator[None]:
    """Locks the data folder for this process; the operating system releases the lock when the process ends.

    Raises:
        ConfigError: another `playhead up` uses the folder, or it cannot be written.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "up.lock").open("a+")
    except OSError as error:
        raise ConfigError(f"The data folder {data} cannot be used: {error.strerror}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise ConfigError(
                f"Playhead already runs on the data in {data} (process {holder}):"
                " stop that one first, or set DATA_DIR to another folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def check_port(host: str, port: int, setting: str = "PORT") -> None:
    """Checks that `port` can be listened on; `setting` is its environment variable.

    Raises:
        ConfigError: it cannot.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT counts as free
        try:
            probe.bind((host, port))
        except OSError as error:
            raise cannot_listen(host, port, error, setting) from None


def free_port() -> int:
    """Chooses a port on the loopback that is free now, outside the ephemeral ports."""
    while True:
        port = secrets.choice(PORTS)
        with suppress(ConfigError):
            check_port("127.0.0.1", port)
            return port
