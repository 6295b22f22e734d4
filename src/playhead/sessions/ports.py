"""The interfaces to the broker and the publisher, so that this package imports neither."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from sqlalchemy.orm import Session as Db

from playhead.sessions.models import Session

Enqueue = Callable[[str], Awaitable[None]]
"""Sends a session's id to the workers. Raises OSError if the broker does not take it."""
Publish = Callable[[Sequence[Session]], Awaitable[None]]
"""Publishes the committed statuses of these sessions, best effort: it neither fails nor waits long."""
Admit = Callable[[Db, str, int], None]
"""Refuses a new session of this owner and size in bytes, in the transaction that creates it. Raises Problem."""


class TaskQueue(Protocol):
    """Sends sessions to the workers. Blocks for a bounded time, so an event loop calls it in a thread."""

    def send(self, session_id: str) -> None:
        """Sends a session's message. Raises OSError if the broker does not take it."""
        ...

    def is_empty(self) -> bool:
        """Whether no message waits, in the queue or in a worker. Raises OSError if the broker does not answer."""
        ...

    def close(self) -> None: ...
