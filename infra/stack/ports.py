"""Keeps and checks loopback ports of servers that need seconds before they listen."""

import socket
from collections.abc import Mapping
from pathlib import Path

from playhead.errors import ConfigError
from playhead.up.folder import PORTS, check_port, free_port


def kept_port(file: Path) -> int:
    """Returns the port stored in `file` if it is free; else chooses another one and stores it."""
    last = file.read_text() if file.exists() else ""
    if last.isdecimal() and int(last) in PORTS and is_free(int(last)):
        return int(last)
    port = free_port()
    file.write_text(str(port))
    return port


def chosen_port(environ: Mapping[str, str], setting: str, default: int) -> int:
    """Chooses the port of a server: that of the setting, else the default if it is free, else another one.

    Raises:
        ConfigError: the setting cannot be used.
    """
    given = environ.get(setting)
    if given and not (given.isdecimal() and 0 < int(given) < 65536):
        raise ConfigError(f"The setting {setting} is wrong: it must be a number up to 65535.")
    port = int(given or default)
    try:
        check_port("127.0.0.1", port, setting)
    except ConfigError:
        if given:
            raise
        return free_port()
    return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT counts as free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
