"""The plain hub of the compared servers: one subscription connection, and a queue of 64 for each reader."""

import asyncio
import os

import redis.asyncio

REDIS_PORT = int(os.environ["REDIS_PORT"])
CHANNEL = "status:"


def frame(message: bytes) -> bytes:
    """Encodes a message, which is the version, a space and the document, as an event."""
    version, _, document = message.partition(b" ")
    return b"event: status\nid: %s\ndata: %s\n\n" % (version, document)


class Hub:
    def __init__(self) -> None:
        self._readers: dict[str, set[asyncio.Queue[bytes]]] = {}
        self._subscribed: dict[str, asyncio.Future[None]] = {}
        self.newest: dict[str, bytes] = {}
        """The last message of each session that was listened to."""

    async def start(self) -> None:
        self._pubsub = redis.asyncio.Redis(port=REDIS_PORT).pubsub()
        await self._pubsub.subscribe("start")
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for message in self._pubsub.listen():
            session = message["channel"].decode().removeprefix(CHANNEL)
            if message["type"] == "subscribe":
                if (waiting := self._subscribed.pop(session, None)) and not waiting.done():
                    waiting.set_result(None)
            elif message["type"] == "message":
                self.newest[session] = message["data"]
                event = frame(message["data"])
                for queue in self._readers.get(session, ()):
                    if queue.full():
                        queue.get_nowait()
                    queue.put_nowait(event)

    async def join(self, session: str) -> asyncio.Queue[bytes]:
        """Subscribes a new queue."""
        queue: asyncio.Queue[bytes] = asyncio.Queue(64)
        if session not in self._readers:
            self._readers[session] = set()
            self._subscribed[session] = asyncio.get_running_loop().create_future()
            await self._pubsub.subscribe(CHANNEL + session)
        self._readers[session].add(queue)
        if waiting := self._subscribed.get(session):
            await asyncio.shield(waiting)
        return queue

    async def leave(self, session: str, queue: asyncio.Queue[bytes]) -> None:
        readers = self._readers.get(session, set())
        readers.discard(queue)
        if not readers and self._readers.pop(session, None) is not None:
            await self._pubsub.unsubscribe(CHANNEL + session)
