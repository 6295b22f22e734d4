"""An adapter of the broker's ports within one process: no server, no network."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from typing import Generic

from playhead.live.broker.ports import (
    Gap,
    LoginEnded,
    OpenStreams,
    Published,
    Received,
    Sending,
    StreamReplaced,
    topic_of,
)
from playhead.live.job import VERSIONS_PER_EPOCH, D, is_newer


class MemorySender(Generic[D]):
    """Sends to the subscribers made with it, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, D] = {}
        self._owners: dict[str, str] = {}
        self._epochs: dict[str, int] = {}
        self._streams: dict[str, set[str]] = {}
        self._subscribers: set[MemorySubscriber[D]] = set()

    def send(self, batch: Sequence[Sending[D]]) -> Sequence[Sending[D]]:
        with self._lock:
            for status, owner_id in batch:
                if is_newer(status, self._held.get(status.id)):
                    self._held[status.id] = status
                    self._owners[status.id] = owner_id
                    for subscriber in self._subscribers:
                        subscriber.receive(Published(status.id, status))
                        subscriber.receive(Published(topic_of(owner_id), status))
        return ()

    def next_epoch(self, job_id: str) -> int:
        with self._lock:
            held = self._held.get(job_id)
            published = held.version // VERSIONS_PER_EPOCH if held is not None else 0
            self._epochs[job_id] = max(int(time.time()), self._epochs.get(job_id, 0) + 1, published + 1)
            return self._epochs[job_id]

    def login_ended(self, owner_id: str) -> None:
        with self._lock:
            for subscriber in self._subscribers:
                subscriber.receive(LoginEnded(owner_id))

    def report_streams(self, people: Sequence[OpenStreams], per_user: int) -> None:
        with self._lock:
            for each in people:
                streams = self._streams.get(each.owner_id, set()).difference(each.closed).union(each.opened)
                replaced = sorted(streams)[: max(0, len(streams) - per_user)]
                self._streams[each.owner_id] = streams.difference(replaced)
                for stream_id in replaced:
                    for subscriber in self._subscribers:
                        subscriber.receive(StreamReplaced(each.owner_id, stream_id))

    def held(self, id: str) -> D | None:
        return self._held.get(id)

    def held_of(self, owner_id: str) -> list[D]:
        with self._lock:
            return [self._held[job_id] for job_id, owner in self._owners.items() if owner == owner_id]

    def join(self, subscriber: "MemorySubscriber[D]") -> None:
        with self._lock:
            self._subscribers.add(subscriber)

    def leave(self, subscriber: "MemorySubscriber[D]") -> None:
        with self._lock:
            self._subscribers.discard(subscriber)

    def close(self) -> None:
        return


class MemorySubscriber(Generic[D]):
    """Receives what its sender sends; must be created in the event loop it listens in."""

    def __init__(self, sender: MemorySender[D]) -> None:
        self._sender = sender
        self._watched: set[str] = set()
        self._inbox: asyncio.Queue[Received[D]] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def watch(self, topic: str) -> None:
        self._watched.add(topic)
        self._inbox.put_nowait(Gap(topic))

    def unwatch(self, topic: str) -> None:
        self._watched.discard(topic)

    async def listen(self) -> AsyncGenerator[Received[D]]:
        self._sender.join(self)
        try:
            while True:
                received = await self._inbox.get()
                if isinstance(received, LoginEnded | StreamReplaced) or received.topic in self._watched:
                    yield received
        finally:
            self._sender.leave(self)

    def receive(self, item: Received[D]) -> None:
        with contextlib.suppress(RuntimeError):  # a test's event loop has ended, and nobody closed the app in it
            self._loop.call_soon_threadsafe(self._inbox.put_nowait, item)

    async def snapshots(self, ids: Collection[str]) -> Mapping[str, D]:
        return {key: held for key in ids if (held := self._sender.held(key)) is not None}

    async def snapshots_of(self, owner_id: str) -> Sequence[D]:
        return self._sender.held_of(owner_id)

    async def report_streams(self, people: Sequence[OpenStreams], per_user: int) -> None:
        self._sender.report_streams(people, per_user)

    async def announce(self, document: bytes) -> None:
        """Does nothing, because there is no other process."""

    async def ping(self) -> None:
        return

    async def aclose(self) -> None:
        self._sender.leave(self)
