"""What a carrier of statuses must do. Best effort by contract: the database is the truth.

Adapters: `valkey` between processes, `memory` within one. One test suite holds both.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from playhead.sessions.status import Status


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages of this session may be missing (of every session, if None): read the store again."""

    session_id: str | None = None


class Sender(Protocol):
    """The worker's side: one call, one message. `StatusPublisher` keeps it off the task's thread."""

    def send(self, statuses: list[Status]) -> None:
        """Store each as its session's snapshot and tell the listeners. May raise or block for a bounded time."""
        ...

    def close(self) -> None: ...


class StatusSubscriber(Protocol):
    """The web's side: one connection for all the sessions its readers watch."""

    def watch(self, session_id: str) -> None:
        """Begin to listen, soon. Never waits; a `Gap` of that session is received once it takes effect."""
        ...

    def unwatch(self, session_id: str) -> None:
        """Stop listening, soon. Never waits."""
        ...

    def listen(self) -> AsyncGenerator[Status | Gap]:
        """What is published from now on; survives the loss of the carrier, with a `Gap` when it is back."""
        ...

    async def snapshot(self, session_id: str) -> Status | None:
        """The last status sent, if it is still held. Raises OSError when the carrier cannot be reached."""
        ...

    async def ping(self) -> None:
        """Raises OSError when the carrier cannot be reached."""
        ...

    async def aclose(self) -> None: ...
