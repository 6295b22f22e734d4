"""Room for connections: each is an open file, and a shell allows 1,024 of these."""

import resource
import sys

from playhead import log

OWN = 100
"""Files that no connection may ever take: SQLite 21 (45 at most), PostgreSQL 20 at most, 23 others were counted."""
OTHER_CONNECTIONS = 500
"""Connections that carry no stream: polls, pages, uploads on their way."""


def allow(streams: int) -> int:
    """Raise the soft limit of open files as far as so many streams need and the hard limit lets; warn if it is too low.

    Returns what connections may take of them, which leaves some for ourselves. A request takes two, its connection and
    a file: also one that becomes a stream, and after a restart all do at once.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * (streams + OTHER_CONNECTIONS) + OWN
    if soft == resource.RLIM_INFINITY:
        return sys.maxsize
    granted = soft
    if soft < wanted:
        granted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (granted, hard))
        except (OSError, ValueError):  # macOS has a limit of its own below an infinite one
            granted = soft
    if granted < (enough := streams + 2 * OTHER_CONNECTIONS + OWN):
        log.get(__name__).warning("too few open files are allowed for all streams", allowed=granted, wanted=enough)
    return granted - OWN
