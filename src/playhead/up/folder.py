"""What must be free before anything starts: the data folder and the port."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playhead.errors import ConfigError
from playhead.serve.port import cannot_listen


@contextmanager
def hold(data: Path) -> Iterator[None]:
    """Hold the data folder for this process alone; the system lets go of it however the process ends.

    Raises:
        ConfigError: another `playhead up` holds it, or the folder cannot be written.
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
    """Raises ConfigError when `port`, which `setting` says, cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just let go of counts as free
        try:
            probe.bind((host, port))
        except OSError as error:
            raise cannot_listen(host, port, error, setting) from None


def free_port() -> int:
    """A port on the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
