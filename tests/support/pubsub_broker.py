"""Sends through a `pubsub` adapter, and records what its subscribers receive."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from playhead.live.broker.listening import ASK_S
from playhead.live.broker.ports import Gap, Published, Received, Sender, StatusSubscriber
from playhead.live.broker.sender import ValkeySender
from playhead.live.broker.subscriber import ValkeySubscriber
from playhead.sessions.status import Status, decode
from tests.support.waiting import async_until


@dataclass
class Listener:
    """A listening subscriber, and what it received."""

    subscriber: StatusSubscriber
    received: list[Received] = field(default_factory=list)

    async def listen(self) -> None:
        async for received in self.subscriber.listen():
            self.received.append(received)

    def gaps(self, topic: str) -> int:
        return self.received.count(Gap(topic))

    def statuses(self, topic: str) -> list[Status]:
        return [item.status for item in self.received if isinstance(item, Published) and item.topic == topic]

    def versions(self, topic: str) -> list[int]:
        return [status.version for status in self.statuses(topic)]

    async def snapshot(self, session_id: str) -> Status | None:
        return (await self.subscriber.snapshots([session_id])).get(session_id)


class Broker:
    """The sender of an adapter, and a factory of its listeners."""

    def __init__(self, sender: Sender, subscriber: Callable[[], StatusSubscriber]) -> None:
        self._sender = sender
        self._subscriber = subscriber
        self._stack = contextlib.AsyncExitStack()

    async def send(self, *statuses: Status, owner_id: str = "ada") -> None:
        await asyncio.to_thread(self._sender.send, [(status, owner_id) for status in statuses])

    async def login_ended(self, owner_id: str) -> None:
        await asyncio.to_thread(self._sender.login_ended, owner_id)

    async def listener(self, *watched: str) -> Listener:
        """Creates a listener that is subscribed to these topics."""
        listener = Listener(self._subscriber())
        task = asyncio.create_task(listener.listen())
        self._stack.push_async_callback(_end, task, listener.subscriber)
        for topic in watched:
            listener.subscriber.watch(topic)
        await async_until(lambda: all(listener.gaps(topic) for topic in watched))
        return listener

    async def close(self) -> None:
        await self._stack.aclose()
        self._sender.close()


def valkey_broker(url: str, *, ask_s: float = ASK_S) -> Broker:
    return Broker(ValkeySender(url), lambda: ValkeySubscriber(url, decode, ask_s=ask_s))


async def _end(task: asyncio.Task[None], subscriber: StatusSubscriber) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await subscriber.aclose()
