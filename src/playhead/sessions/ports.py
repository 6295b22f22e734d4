"""The interfaces to the broker and the publisher, so that this package imports neither."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from sqlalchemy.orm import Session as Db

from playhead.sessions.models import Session

Enqueue = Callable[[str], Awaitable[None]]
"""Sends a session's id to the workers. Raises OSError if the broker does not take it."""
Publish = Callable[[Sequence[Session]], Awaitable[None]]
"""Publishes the committed statuses of these sessions, best effort: it neither fails nor waits long."""


class Admit(Protocol):
    """Refuses new sessions."""

    def __call__(self, db: Db, owner_id: str, size_bytes: int, /, *, lock: bool = True) -> None:
        """Raises Problem. Without `lock` nothing is locked, and the answer is that of the moment."""
        ...


class TaskQueue(Protocol):
    """Sends sessions to the workers. Blocks for a bounded time, so an event loop calls it in a thread."""

    def send(self, session_id: str) -> None:
        """Sends a session's message. Raises OSError if the broker does not take it."""
        ...

    def is_empty(self) -> bool:
        """Whether no message waits, in the queue or in a worker. Raises OSError if the broker does not answer."""
        ...

    def close(self) -> None: ...
