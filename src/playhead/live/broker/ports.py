"""The ports of a broker of statuses. Best effort by contract: the store is the truth.

The adapters are `valkey`, and `memory` within one process; one suite checks both.
"""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias

from playhead.live.job import D


def topic_of(owner_id: str) -> str:
    """The topic of a person: the statuses of all their jobs. A job's own topic is its id."""
    return f"of:{owner_id}"


@dataclass(frozen=True, slots=True)
class Published(Generic[D]):
    """A status as it is published on one of its topics: its job's or its owner's."""

    topic: str
    status: D


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages on this topic may be missing (on every topic, if None): read the store again."""

    topic: str | None = None


@dataclass(frozen=True, slots=True)
class LoginEnded:
    """A login, a token or a right of this person ended, in any process: their streams may have to end."""

    owner_id: str


@dataclass(frozen=True, slots=True)
class StreamReplaced:
    """This person has more streams over all processes than they may have: this one, the oldest, ends."""

    owner_id: str
    stream_id: str


Received: TypeAlias = Published[D] | Gap | LoginEnded | StreamReplaced
"""What a process receives."""


@dataclass(frozen=True, slots=True)
class OpenStreams:
    """The streams of one person in one process: those that are open, and those that are not any more.

    The order of their ids, as strings, is that of their openings.
    """

    owner_id: str
    opened: tuple[str, ...]
    closed: tuple[str, ...] = ()


Sending = tuple[D, str]
"""A status and the id of its job's owner; an empty id if nobody follows all jobs of a person."""


class Sender(Protocol[D]):
    """The side that sends: a worker or a web process. `StatusPublisher` keeps its calls off their threads."""

    def send(self, batch: Sequence[Sending[D]]) -> Sequence[Sending[D]]:
        """Store each status as its job's snapshot, best effort, and publish it on both its topics.

        Blocks for a bounded time.

        Returns:
            Those that were refused; the others were sent.

        Raises:
            Exception: none was sent.
        """
        ...

    def next_epoch(self, job_id: str) -> int:
        """The epoch of a new attempt at a job without a store: higher than all before, and near the time in seconds.

        May raise, or block for a bounded time.
        """
        ...

    def login_ended(self, owner_id: str) -> None:
        """Publish to every listener, whatever it watches. May raise, or block for a bounded time."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class StatusSubscriber(Protocol[D]):
    """The side that receives, a web process: one connection for all watched topics, and one for all requests."""

    def watch(self, topic: str) -> None:
        """Begin to listen to a topic, soon. Never waits; a `Gap` of the topic is received once it takes effect."""
        ...

    def unwatch(self, topic: str) -> None:
        """Stop listening to a topic, soon. Never waits."""
        ...

    def listen(self) -> AsyncGenerator[Received[D]]:
        """Yield what is published from now on. After the loss of the broker it goes on by itself, with a `Gap`."""
        ...

    async def snapshots(self, ids: Collection[str]) -> Mapping[str, D]:
        """Read the last status sent of each job, where one is stored. Raises OSError if the broker is away."""
        ...

    async def snapshots_of(self, owner_id: str) -> Sequence[D]:
        """Read the last status sent of each job of an owner, as far as senders without a store list them.

        Raises OSError if the broker is away.
        """
        ...

    async def report_streams(self, people: Sequence[OpenStreams], per_user: int) -> None:
        """Report the streams of these people in this process, for a minute.

        Of a person with more than `per_user` streams over all processes the oldest are forgotten, and `StreamReplaced`
        is sent to every listener. Raises OSError if the broker is away.
        """
        ...

    async def announce(self, document: bytes) -> None:
        """Store the report of this process about itself, for a few seconds. Raises OSError if the broker is away."""
        ...

    async def ping(self) -> None:
        """Raises OSError if the broker cannot be reached."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
