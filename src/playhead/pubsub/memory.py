"""The carrier within one process: for tests, and for trying the live status without a server."""

import asyncio
import threading
from collections.abc import AsyncGenerator

from playhead.pubsub.ports import Gap
from playhead.sessions.status import Status


class MemorySender:
    """Sends to the subscribers made with it, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, Status] = {}
        self._subscribers: set[MemorySubscriber] = set()

    def send(self, statuses: list[Status]) -> None:
        with self._lock:
            for status in statuses:
                if status.supersedes(self._held.get(status.session_id)):
                    self._held[status.session_id] = status
                    for subscriber in self._subscribers:
                        subscriber.receive(status)

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
    """Receives what its sender sends; made in the event loop it listens in."""

    def __init__(self, sender: MemorySender) -> None:
        self._sender = sender
        self._watched: set[str] = set()
        self._inbox: asyncio.Queue[Status | Gap] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def watch(self, session_id: str) -> None:
        self._watched.add(session_id)
        self._inbox.put_nowait(Gap(session_id))

    def unwatch(self, session_id: str) -> None:
        self._watched.discard(session_id)

    async def listen(self) -> AsyncGenerator[Status | Gap]:
        self._sender.join(self)
        try:
            while True:
                received = await self._inbox.get()
                if received.session_id in self._watched:
                    yield received
        finally:
            self._sender.leave(self)

    def receive(self, status: Status) -> None:
        self._loop.call_soon_threadsafe(self._inbox.put_nowait, status)

    async def snapshot(self, session_id: str) -> Status | None:
        return self._sender.held(session_id)

    async def ping(self) -> None:
        return

    async def aclose(self) -> None:
        self._sender.leave(self)
