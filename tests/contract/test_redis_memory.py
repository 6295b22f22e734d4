"""How full a real Valkey is, and whether it answers, as a web process measures it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from playhead.metrics.catalog import REDIS_MEMORY
from playhead.metrics.metrics import Metrics
from playhead.metrics.redis_memory import KEPT_S, RedisMemory, measure
from tests.support.clock import Clock
from tests.support.valkey import Valkey, valkey

LIMIT_BYTES = 64 * 1024**2
CLIENTS = 10_000
"""What Valkey accepts by default."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """One that these tests configure; each leaves it as it was."""
    with valkey(tmp_path_factory.mktemp("measured")) as server:
        yield server


@pytest.fixture
def admin(server: Valkey) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory", LIMIT_BYTES)
        yield client
        client.config_set("maxmemory", 0)
        client.flushall()


async def test_share_is_of_the_limit(server: Valkey, admin: redis.Redis) -> None:
    memory = RedisMemory(server.url)
    await memory.ask()
    before = memory.share()
    assert before is not None
    assert 0 < before < 0.5
    for number in range(4):
        admin.set(f"large-{number}", bytes(LIMIT_BYTES // 16))
    await memory.ask()
    after = memory.share()
    assert after is not None
    assert before + 0.2 < after < 1


async def test_server_that_refuses_writes_is_full(server: Valkey, admin: redis.Redis) -> None:
    memory = RedisMemory(server.url)
    admin.config_set("maxmemory", 1)
    with pytest.raises(redis.exceptions.OutOfMemoryError):
        admin.set("one", "more")
    await memory.ask()
    share = memory.share()
    assert share is not None
    assert share > 1


async def test_server_without_a_limit_has_no_share(server: Valkey, admin: redis.Redis) -> None:
    admin.config_set("maxmemory", 0)
    memory = RedisMemory(server.url)
    await memory.ask()
    assert memory.share() is None


async def test_server_that_does_not_show_its_memory_answers(server: Valkey, admin: redis.Redis) -> None:
    admin.execute_command("ACL SETUSER", "default", "-info")  # type: ignore[no-untyped-call]
    memory = RedisMemory(server.url)
    try:
        await memory.ask()
    finally:
        admin.execute_command("ACL SETUSER", "default", "+info")  # type: ignore[no-untyped-call]
    assert memory.share() is None


async def test_server_without_a_free_connection_does_not_answer(server: Valkey, admin: redis.Redis) -> None:
    admin.config_set("maxclients", 1)
    try:
        with pytest.raises(ConnectionError):
            await RedisMemory(server.url).ask()
    finally:
        admin.config_set("maxclients", CLIENTS)


async def test_server_that_hangs_does_not_answer_and_its_share_gets_old(server: Valkey, admin: redis.Redis) -> None:
    clock = Clock()
    memory = RedisMemory(server.url, clock)
    await memory.ask()
    with server.hung(), pytest.raises(ConnectionError):
        await memory.ask()
    assert memory.share() is not None
    clock.now += KEPT_S
    assert memory.share() is None


async def test_fullest_of_two_servers_counts(server: Valkey, admin: redis.Redis, tmp_path: Path) -> None:
    metrics = Metrics()
    with valkey(tmp_path / "other") as other:
        servers = [RedisMemory(server.url), RedisMemory(other.url)]
        measure(metrics, servers)
        for one in servers:
            await one.ask()
        assert metrics.read() == {REDIS_MEMORY.name: {"": servers[0].share()}}  # the other has no limit
        with redis.Redis.from_url(other.url) as client:
            client.config_set("maxmemory", LIMIT_BYTES // 10)
        await servers[1].ask()
        assert metrics.read() == {REDIS_MEMORY.name: {"": servers[1].share()}}
