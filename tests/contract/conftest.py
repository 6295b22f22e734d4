"""Brokers under test, each with as many subscribers as a test wants, and a real Valkey that can be killed."""

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis

from playhead.live.broker.memory import MemorySender, MemorySubscriber
from playhead.sessions.status import Status
from tests.support.pubsub_broker import Broker, valkey_broker
from tests.support.valkey import Valkey, valkey


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Valkey]:
    """One that the test may kill."""
    with valkey(tmp_path / "valkey") as server:
        yield server


@pytest.fixture(params=["memory", "valkey"])
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    if request.param == "valkey":
        server: Valkey = request.getfixturevalue("shared_server")
        broker = valkey_broker(server.url)
    else:
        sender: MemorySender[Status] = MemorySender()
        broker = Broker(sender, lambda: MemorySubscriber(sender))
    yield broker
    await broker.close()


@pytest.fixture
def one() -> str:
    """A session no other test knows: they share a server."""
    return str(uuid.uuid4())


@pytest.fixture
def client(shared_server: Valkey) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(shared_server.url) as client:
        yield client
