"""Says in one sentence why an address cannot be listened on. `up` uses it, too, without loading the web for it."""

import errno
import os
import socket

from playhead.errors import ConfigError


def cannot_listen(host: str, port: int, error: OSError, setting: str = "PORT") -> ConfigError:
    """The error for a `port`, which `setting` says, that could not be bound on `host`."""
    why = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return ConfigError(f"Host {host} cannot be used ({why}): set HOST to an address of this machine.")
    cure = f"set {setting} to another number"
    if error.errno == errno.EADDRINUSE:
        cure = f"end the program that holds it, or {cure}"
    return ConfigError(f"Port {port} on {host} cannot be used ({why}): {cure}.")
