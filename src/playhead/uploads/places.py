"""How many uploads a process takes at once: each holds memory and a connection for as long as its sender likes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from playhead.errors import Problem
from playhead.uploads.limits import Limits

RETRY_S = 10
"""Most uploads take less than twice that."""


class Places:
    """Those of one process."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._taken: Counter[str] = Counter()

    @contextmanager
    def place(self, user_id: str) -> Iterator[None]:
        """Holds a place while an upload goes on. Raises Problem 429 `too_many_uploads`, 503 `busy`."""
        most = self._limits.at_once_a_user
        if self._taken[user_id] >= most:
            raise Problem(429, "too_many_uploads", f"At most {most} files are taken at once.", retry_after_s=RETRY_S)
        if self._taken.total() >= self._limits.at_once:
            raise Problem(
                503, "busy", "Too many files are being sent just now: try again in a moment.", retry_after_s=RETRY_S
            )
        self._taken[user_id] += 1
        try:
            yield
        finally:
            self._taken -= Counter({user_id: 1})  # keeps no zeros
