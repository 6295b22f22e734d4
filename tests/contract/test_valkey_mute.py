"""A way to Redis that carries nothing any more, and keeps its connections open."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from infra.proxies.relay import Mode, Relay, relay
from redis.asyncio.connection import ConnectionPool

from playhead.live.broker.listening import beside, messages
from tests.support.fakes import a_status
from tests.support.pubsub_broker import Broker, Listener, valkey_broker
from tests.support.valkey import Valkey
from tests.support.waiting import ANSWER_S, async_until

ASK_S = 0.1
"""A tenth of the product's: a test waits for six of them."""
STILL_S = 1.0
"""More than the time of six questions."""


@pytest.fixture
def way(shared_server: Valkey) -> Iterator[Relay]:
    with relay(shared_server.port) as way:
        yield way


@pytest.fixture
async def broker(shared_server: Valkey, way: Relay) -> AsyncIterator[Broker]:
    broker = valkey_broker(shared_server.url_at(way.port), ask_s=ASK_S)
    yield broker
    way.behave(Mode.PASS)
    await broker.close()


async def until_ready(listener: Listener, why_not: str = "") -> None:
    """Wait until it is ready, or is not for this reason."""

    async def why() -> str:
        try:
            await listener.subscriber.ping()
        except OSError as error:
            return str(error)[: len(why_not)] or "gone"
        return ""

    async with asyncio.timeout(ANSWER_S):
        while await why() != why_not:  # noqa: ASYNC110 - what is waited for is an answer, not an event of ours
            await asyncio.sleep(0.01)


async def test_mute_listener_connects_anew_with_a_gap(broker: Broker, way: Relay, one: str) -> None:
    listener = await broker.listener(one)
    way.behave(Mode.MUTE, new=False)
    await async_until(lambda: listener.gaps(one) == 2, "a gap of the new subscription")
    await until_ready(listener)
    await broker.send(a_status(version=1, session_id=one))
    await async_until(lambda: listener.versions(one) == [1])


async def test_mute_listener_is_not_ready_until_it_is_answered(broker: Broker, way: Relay, one: str) -> None:
    listener = await broker.listener(one)
    await until_ready(listener)
    way.behave(Mode.MUTE)
    await until_ready(listener, "the listener has had no answer for ")
    way.behave(Mode.PASS, old=False)
    await async_until(lambda: listener.gaps(one) == 2, "a gap of the new subscription")
    await until_ready(listener)


async def test_mute_connection_for_snapshots_is_replaced(broker: Broker, way: Relay, one: str) -> None:
    listener = await broker.listener(one)
    await broker.send(a_status(version=1, session_id=one))
    assert await listener.snapshot(one)
    way.behave(Mode.MUTE, new=False)
    with pytest.raises(OSError, match=r"."):
        await listener.snapshot(one)
    assert await listener.snapshot(one)


async def test_reading_ends_when_sending_on_its_connection_fails(shared_server: Valkey) -> None:
    """Where bytes that cannot be sent keep the connection, nothing else would end it."""
    connection = ConnectionPool.from_url(shared_server.url).make_connection()  # type: ignore[no-untyped-call]
    await connection.connect()

    async def send() -> None:
        raise TimeoutError("it takes nothing any more")

    async def read() -> None:
        async with asyncio.timeout(ANSWER_S), beside(connection, send()):
            async for _ in messages(connection):
                pass

    with pytest.raises(TimeoutError, match="it takes nothing any more"):
        await read()
    await connection.disconnect()


async def test_listener_that_nobody_tells_a_thing_stays_connected(broker: Broker, way: Relay, one: str) -> None:
    listener = await broker.listener(one)
    before = way.connections
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(STILL_S):
            await async_until(lambda: listener.gaps(one) > 1 or way.connections != before)
