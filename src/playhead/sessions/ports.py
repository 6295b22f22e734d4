"""What a room that changes sessions is given from outside, so that it knows neither broker nor Redis."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from playhead.sessions.models import Session

Enqueue = Callable[[str], Awaitable[None]]
"""Hand a session's id to the workers. Raises OSError when the broker does not take it."""
Publish = Callable[[Sequence[Session]], Awaitable[None]]
"""Say that the statuses of these sessions were committed. Best effort: it neither fails nor waits long."""


class TaskQueue(Protocol):
    """Takes sessions to the workers. Blocks for a bounded time, so an event loop calls it in a thread."""

    def send(self, session_id: str) -> None:
        """Raises OSError when the broker does not take it."""
        ...

    def is_empty(self) -> bool:
        """Whether no message waits, in the queue or in a worker for a later try. Raises OSError if nobody knows."""
        ...

    def close(self) -> None: ...
