"""What a broker of statuses must do. Best effort by contract: the database is the truth.

The adapter is `valkey`. The tests have another one, within a process, and one suite checks both.
"""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from playhead.sessions.status import Status


def topic_of(owner_id: str) -> str:
    """The topic of a person: the statuses of all their sessions. A session's own topic is its id."""
    return f"of:{owner_id}"


@dataclass(frozen=True, slots=True)
class Published:
    """A status, as it is told on one of its topics: its session's, and its owner's."""

    topic: str
    status: Status


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages on this topic may be missing (on every topic, if None): read the store again."""

    topic: str | None = None


@dataclass(frozen=True, slots=True)
class LoginEnded:
    """A login, a token or a right of this person ended, in whatever process: theirs may not go on."""

    owner_id: str


Sending = tuple[Status, str]
"""A status and the id of its session's owner; an empty one where nobody follows all of a person's sessions."""


class Sender(Protocol):
    """The side that sends: a worker or a web process. `StatusPublisher` keeps it off their threads."""

    def send(self, batch: Sequence[Sending]) -> Sequence[Sending]:
        """Store each as its session's snapshot, best effort, and tell the listeners of both its topics.

        Returns those that were refused, while others may have been sent. Raises if none were, or blocks for a bounded
        time.
        """
        ...

    def login_ended(self, owner_id: str) -> None:
        """Tell every listener, whatever it watches. May raise, or block for a bounded time."""
        ...

    def close(self) -> None: ...


class StatusSubscriber(Protocol):
    """The web's side: one connection for all the topics its readers watch, and one for all they ask."""

    def watch(self, topic: str) -> None:
        """Begin to listen, soon. Never waits; a `Gap` of that topic is received once it takes effect."""
        ...

    def unwatch(self, topic: str) -> None:
        """Stop listening, soon. Never waits."""
        ...

    def listen(self) -> AsyncGenerator[Published | Gap | LoginEnded]:
        """What is published from now on; survives the loss of the broker, with a `Gap` when it is back."""
        ...

    async def snapshots(self, session_ids: Collection[str]) -> Mapping[str, Status]:
        """The last status sent of each, where it is still held. Raises OSError when the broker cannot be reached."""
        ...

    async def announce(self, document: bytes) -> None:
        """Hold what this process says of itself, for a few seconds. Raises OSError when the broker does not."""
        ...

    async def ping(self) -> None:
        """Raises OSError when the broker cannot be reached."""
        ...

    async def aclose(self) -> None: ...
