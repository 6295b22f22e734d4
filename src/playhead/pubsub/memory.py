"""The carrier within one process: for tests, and for trying the live status without a server."""

import asyncio
from collections.abc import AsyncGenerator

from playhead.pubsub.ports import Gap
from playhead.sessions.status import Status, newest


class MemoryCarrier:
    """Both ends in one object: a `Sender` and a `StatusSubscriber`. Sending from other threads is safe."""

    def __init__(self) -> None:
        self._snapshots: dict[str, Status] = {}
        self._watched: set[str] = set()
        self._inbox: asyncio.Queue[Status | Gap] = asyncio.Queue()
        self._loop: asyncio.AbstractEventLoop | None = None

    def send(self, statuses: list[Status]) -> None:
        for status in statuses:
            self._snapshots[status.session_id] = newest(status, self._snapshots.get(status.session_id)) or status
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._deliver, status)

    def watch(self, session_id: str) -> None:
        self._watched.add(session_id)
        self._inbox.put_nowait(Gap(session_id))

    def unwatch(self, session_id: str) -> None:
        self._watched.discard(session_id)

    async def listen(self) -> AsyncGenerator[Status | Gap]:
        self._loop = asyncio.get_running_loop()
        while True:
            yield await self._inbox.get()

    async def snapshot(self, session_id: str) -> Status | None:
        return self._snapshots.get(session_id)

    async def ping(self) -> None:
        return

    async def aclose(self) -> None:
        self._loop = None

    def close(self) -> None:
        return

    def _deliver(self, status: Status) -> None:
        if status.session_id in self._watched:
            self._inbox.put_nowait(status)
