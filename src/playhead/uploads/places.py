"""How many uploads a process takes at once: each holds memory and a connection for as long as its sender likes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from playhead.errors import Problem

UPLOADS_AT_ONCE = 12
"""At 28 MiB an upload at most (4 on their way in, 24 on their way to an object store): a third of a gigabyte."""
UPLOADS_A_USER = 4
"""One person in a few tabs; the page itself sends one file after another."""
RETRY_S = 10
"""Most uploads take less than twice that."""


class Places:
    """Those of one process."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    @contextmanager
    def place(self, user_id: str) -> Iterator[None]:
        """Holds a place while an upload goes on. Raises Problem 429 `too_many_uploads`, 503 `busy`."""
        if self._taken[user_id] >= UPLOADS_A_USER:
            raise Problem(
                429, "too_many_uploads", f"At most {UPLOADS_A_USER} files are taken at once.", retry_after_s=RETRY_S
            )
        if self._taken.total() >= UPLOADS_AT_ONCE:
            raise Problem(
                503, "busy", "Too many files are being sent just now: try again in a moment.", retry_after_s=RETRY_S
            )
        self._taken[user_id] += 1
        try:
            yield
        finally:
            self._taken -= Counter({user_id: 1})  # keeps no zeros
