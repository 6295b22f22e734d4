"""An adapter of the `pubsub` ports within one process: no server, no network."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence

from playhead.pubsub.ports import Gap, LoginEnded, Published, Sending, topic_of
from playhead.sessions.status import Status


class MemorySender:
    """Sends to the subscribers made with it, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, Status] = {}
        self._subscribers: set[MemorySubscriber] = set()

    def send(self, batch: Sequence[Sending]) -> Sequence[Sending]:
        with self._lock:
            for status, owner_id in batch:
                if status.supersedes(self._held.get(status.session_id)):
                    self._held[status.session_id] = status
                    for subscriber in self._subscribers:
                        subscriber.receive(Published(status.session_id, status))
                        subscriber.receive(Published(topic_of(owner_id), status))
        return ()

    def login_ended(self, owner_id: str) -> None:
        with self._lock:
            for subscriber in self._subscribers:
                subscriber.receive(LoginEnded(owner_id))

    def held(self, session_id: str) -> Status | None:
        return self._held.get(session_id)

    def join(self, subscriber: "MemorySubscriber") -> None:
        with self._lock:
            self._subscribers.add(subscriber)

    def leave(self, subscriber: "MemorySubscriber") -> None:
        with self._lock:
            self._subscribers.discard(subscriber)

    def close(self) -> None:
        return


class MemorySubscriber:
    """Receives what its sender sends; must be created in the event loop it listens in."""

    def __init__(self, sender: MemorySender) -> None:
        self._sender = sender
        self._watched: set[str] = set()
        self._inbox: asyncio.Queue[Published | Gap | LoginEnded] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def watch(self, topic: str) -> None:
        self._watched.add(topic)
        self._inbox.put_nowait(Gap(topic))

    def unwatch(self, topic: str) -> None:
        self._watched.discard(topic)

    async def listen(self) -> AsyncGenerator[Published | Gap | LoginEnded]:
        self._sender.join(self)
        try:
            while True:
                received = await self._inbox.get()
                if isinstance(received, LoginEnded) or received.topic in self._watched:
                    yield received
        finally:
            self._sender.leave(self)

    def receive(self, item: Published | LoginEnded) -> None:
        self._loop.call_soon_threadsafe(self._inbox.put_nowait, item)

    async def snapshots(self, session_ids: Collection[str]) -> Mapping[str, Status]:
        return {key: held for key in session_ids if (held := self._sender.held(key)) is not None}

    async def announce(self, document: bytes) -> None:
        """Does nothing, because there is no other process."""

    async def ping(self) -> None:
        return

    async def aclose(self) -> None:
        self._sender.leave(self)
