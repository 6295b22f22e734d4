"""Carriers under test, each with as many subscribers as a test wants, and a real Valkey that can be killed."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from playhead.pubsub.memory import MemorySender, MemorySubscriber
from playhead.pubsub.ports import Gap, LoginEnded, News, Sender, StatusSubscriber
from playhead.pubsub.valkey import ValkeySender, ValkeySubscriber
from playhead.sessions.status import Status
from playhead.up import valkey as embedded
from tests.fakes import until
from tests.integration import parts


class Server:
    """An embedded Valkey that keeps its port over its lives, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._valkey = embedded.prepare(folder)
        self._log = folder / "log"
        self._running: parts.Program | None = None

    @property
    def url(self) -> str:
        return self._valkey.url

    def start(self) -> None:
        self._running = parts.Program(self._valkey.command, parts.environ(), self._log)
        parts.until(self._valkey.answers, "Valkey answers")

    def kill(self) -> None:
        """As a crash does: with SIGKILL, and what it held is lost."""
        if self._running is not None:
            self._running.end(signal.SIGKILL)
            self._running = None

    @contextlib.contextmanager
    def hung(self) -> Iterator[None]:
        """It is there and takes connections, but does not answer."""
        assert self._running is not None
        os.kill(self._running.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._running.pid, signal.SIGCONT)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Server]:
    """One for the time of the block."""
    server = Server(folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """One that the test may kill."""
    with running(tmp_path / "valkey") as server:
        yield server


@dataclass
class Ear:
    """A subscriber that listens, and what it heard."""

    subscriber: StatusSubscriber
    heard: list[News | Gap | LoginEnded] = field(default_factory=list)

    async def listen(self) -> None:
        async for received in self.subscriber.listen():
            self.heard.append(received)

    def gaps(self, topic: str) -> int:
        return self.heard.count(Gap(topic))

    def statuses(self, topic: str) -> list[Status]:
        return [item.status for item in self.heard if isinstance(item, News) and item.topic == topic]

    def versions(self, topic: str) -> list[int]:
        return [status.version for status in self.statuses(topic)]

    async def snapshot(self, session_id: str) -> Status | None:
        return (await self.subscriber.snapshots([session_id])).get(session_id)


class Carrier:
    """The sending end of an adapter, and the making of its listening ends."""

    def __init__(self, sender: Sender, subscriber: Callable[[], StatusSubscriber]) -> None:
        self._sender = sender
        self._subscriber = subscriber
        self._stack = contextlib.AsyncExitStack()

    async def send(self, *statuses: Status, owner_id: str = "ada") -> None:
        await asyncio.to_thread(self._sender.send, [(status, owner_id) for status in statuses])

    async def login_ended(self, owner_id: str) -> None:
        await asyncio.to_thread(self._sender.login_ended, owner_id)

    async def ear(self, *watched: str) -> Ear:
        """A listener that already hears these topics."""
        ear = Ear(self._subscriber())
        task = asyncio.create_task(ear.listen())
        self._stack.push_async_callback(_end, task, ear.subscriber)
        for topic in watched:
            ear.subscriber.watch(topic)
        await until(lambda: all(ear.gaps(topic) for topic in watched))
        return ear

    async def close(self) -> None:
        await self._stack.aclose()
        self._sender.close()


def valkey_carrier(url: str) -> Carrier:
    return Carrier(ValkeySender(url), lambda: ValkeySubscriber(url))


@pytest.fixture(params=["memory", "valkey"])
async def carrier(request: pytest.FixtureRequest) -> AsyncIterator[Carrier]:
    if request.param == "valkey":
        server: Server = request.getfixturevalue("shared_server")
        carrier = valkey_carrier(server.url)
    else:
        sender = MemorySender()
        carrier = Carrier(sender, lambda: MemorySubscriber(sender))
    yield carrier
    await carrier.close()


async def _end(task: asyncio.Task[None], subscriber: StatusSubscriber) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await subscriber.aclose()
