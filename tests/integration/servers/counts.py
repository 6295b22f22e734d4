"""What the app under test counts, and the names that it shares with the tests."""

from enum import StrEnum

import msgspec

from playhead.live.observer import NoObserver

REDIS_URL, WRITE_TIMEOUT_S = "TEST_REDIS_URL", "TEST_WRITE_TIMEOUT_S"
"""The variables with the arguments of the app's `Live`."""
COUNTS = "/counts"
"""The route of `Counts`."""
USER = "x-user"
"""The header that names the person."""
PROCESS = "x-process"
"""The header of answers that names their process."""
TASKS = frozenset({"live-stream", "live-left", "stream"})
"""The tasks of a stream: one that writes it and one that waits for its reader to leave. Over HTTP/1.1 our server has
one, only while there is something to send."""


class Counts(msgspec.Struct, kw_only=True):
    """What is open in the process.

    Args:
        streams: open streams.
        cut: streams that were cut off since the start.
        calls: calls of `Live` that have not returned.
        tasks: tasks named in `TASKS`.
    """

    streams: int = 0
    cut: int = 0
    calls: int = 0
    tasks: int = 0

    @property
    def is_free(self) -> bool:
        """Whether nothing of a stream is left."""
        return self.streams == self.calls == self.tasks == 0


class Counter(NoObserver):
    """Counts the streams."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def opened(self, topic: str, person_id: str) -> None:
        self._counts.streams += 1

    def cut(self, topic: str, stalled_s: float) -> None:
        self._counts.cut += 1

    def ended(self, topic: str, person_id: str, reason: StrEnum, age_s: float, version: int) -> None:
        self._counts.streams -= 1
