"""Explains why an address cannot be listened on."""

import errno
import os
import socket

from playhead.errors import ConfigError


def cannot_listen(host: str, port: int, error: OSError, setting: str = "PORT") -> ConfigError:
    """Makes the error for a `port` that could not be bound on `host`; `setting` is the port's environment variable."""
    why = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return ConfigError(f"Host {host} cannot be used ({why}): set HOST to an address of this machine.")
    remedy = f"set {setting} to another number"
    if error.errno == errno.EADDRINUSE:
        remedy = f"end the program that uses it, or {remedy}"
    return ConfigError(f"Port {port} on {host} cannot be used ({why}): {remedy}.")
