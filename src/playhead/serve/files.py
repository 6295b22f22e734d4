"""Raises the limit of open files for connections: each is an open file, and a shell allows 1,024."""

import resource
import sys

from playhead import log

RESERVED = 100
"""Files that connections may not use. Counted: SQLite 21 (45 at most), PostgreSQL 20 at most, 23 others."""
OTHER_CONNECTIONS = 500
"""Connections that carry no stream: polls, pages, uploads in progress."""


def raise_limit(streams: int) -> int:
    """Raises the soft limit of open files towards what `streams` streams need; logs a warning if it stays too low.

    A request takes two files, its connection and one that it reads, also when it becomes a stream; after a restart all
    streams begin at once.

    Returns:
        How many files connections may use.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * (streams + OTHER_CONNECTIONS) + RESERVED
    if soft == resource.RLIM_INFINITY:
        return sys.maxsize
    granted = soft
    if soft < wanted:
        granted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (granted, hard))
        except (OSError, ValueError):  # macOS has a lower limit of its own below an infinite one
            granted = soft
    if granted < (enough := streams + 2 * OTHER_CONNECTIONS + RESERVED):
        log.get(__name__).warning("too few open files for all streams: raise ulimit -n", allowed=granted, wanted=enough)
    return granted - RESERVED
