"""Room for connections: each is an open file, and a shell allows 1,024 of these."""

import resource

from playhead import log

BESIDE = 200
"""Files that are no streams: logs, databases, Redis, polls, uploads on their way."""


def allow(connections: int) -> None:
    """Raise the soft limit of open files as far as that needs and the hard limit lets; warn if it is not enough.

    Beyond the limit a client would wait unanswered, which is worse than a 503.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + BESIDE
    if resource.RLIM_INFINITY in (soft, wanted) or soft >= wanted:
        return
    granted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (granted, hard))
    except (OSError, ValueError):  # macOS has a limit of its own below an infinite one
        granted = soft
    if granted < wanted:
        log.get(__name__).warning("too few open files are allowed for all streams", allowed=granted, wanted=wanted)
