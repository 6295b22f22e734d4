"""A person's streams over all processes: the oldest beyond the limit ends, in whichever process it is."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest
import redis

from playhead.live.asgi import Limits, Live
from playhead.live.broker.connect import open_sender
from playhead.live.broker.keys import KEYS, STREAM_TTL_S
from playhead.live.broker.ports import OpenStreams, Sender, StreamReplaced
from playhead.live.broker.subscriber import ValkeySubscriber
from playhead.live.clock import now
from playhead.live.job import Job, State
from playhead.sessions.status import decode
from tests.support.asgi_client import Client
from tests.support.pubsub_broker import Broker, Listener
from tests.support.valkey import Valkey
from tests.support.waiting import async_until

MakeLive = Callable[..., Live[Job[Any], str]]


@pytest.fixture
async def left(broker: Broker) -> Listener:
    return await broker.listener("any")


@pytest.fixture
async def right(broker: Broker) -> Listener:
    return await broker.listener("any")


def replaced(listener: Listener, owner_id: str) -> list[str]:
    return [
        item.stream_id for item in listener.received if isinstance(item, StreamReplaced) and item.owner_id == owner_id
    ]


async def test_every_process_hears_which_stream_is_the_oldest(left: Listener, right: Listener, one: str) -> None:
    await left.subscriber.report_streams([OpenStreams(one, ("1-left", "2-left"))], 3)
    await right.subscriber.report_streams([OpenStreams(one, ("3-right", "4-right", "5-right"))], 3)
    await async_until(lambda: replaced(left, one) == replaced(right, one) == ["1-left", "2-left"])


async def test_closed_streams_of_others_and_repeated_ones_do_not_count(
    left: Listener, right: Listener, one: str
) -> None:
    other = f"other-{one}"
    await left.subscriber.report_streams([OpenStreams(one, ("1-left", "2-left")), OpenStreams(other, ("0-left",))], 3)
    await left.subscriber.report_streams([OpenStreams(one, ("2-left",), ("1-left",))], 3)
    await right.subscriber.report_streams([OpenStreams(one, ("3-right", "4-right"))], 3)
    await right.subscriber.report_streams([OpenStreams(one, ("3-right", "4-right"))], 3)
    await left.subscriber.report_streams([OpenStreams(other, (), ("0-left",))], 3)
    await right.subscriber.report_streams([OpenStreams(other, ("1-right", "2-right", "3-right", "4-right"))], 3)
    await async_until(lambda: replaced(left, other))
    assert (replaced(left, one), replaced(left, other)) == ([], ["1-right"])


async def test_stream_whose_message_was_lost_is_replaced_at_its_next_report(left: Listener, one: str) -> None:
    await left.subscriber.report_streams([OpenStreams(one, ("1", "2"))], 1)
    await left.subscriber.report_streams([OpenStreams(one, ("1", "2"))], 1)
    await async_until(lambda: replaced(left, one) == ["1", "1"])


async def test_streams_of_a_process_that_died_expire(shared_server: Valkey, client: redis.Redis, one: str) -> None:
    client.zadd(KEYS.streams(one), {"9-dead": time.time() - STREAM_TTL_S - 1, "8-silent": time.time() - 10})
    subscriber = ValkeySubscriber(shared_server.url, decode)
    await subscriber.report_streams([OpenStreams(one, ("1",))], 2)
    assert client.zrange(KEYS.streams(one), 0, -1, withscores=False) == [b"8-silent", b"1"]
    assert STREAM_TTL_S - 10 < client.ttl(KEYS.streams(one)) <= STREAM_TTL_S
    await subscriber.report_streams([OpenStreams(one, (), ("1",))], 2)
    assert client.zrange(KEYS.streams(one), 0, -1) == [b"8-silent"]
    await subscriber.aclose()


async def test_report_to_a_server_that_is_gone_is_an_os_error(own_server: Valkey) -> None:
    subscriber = ValkeySubscriber(own_server.url, decode)
    own_server.kill()
    with pytest.raises(OSError, match=r"."):
        await subscriber.report_streams([OpenStreams("ada", ("1",))], 2)
    await subscriber.aclose()


def a_job(owner: str) -> Job[Any]:
    return Job(id=f"job-{owner}", owner=owner, version=1, state=State.PROCESSING, stage="importing", updated_at=now())


@pytest.fixture
async def live(one: str) -> AsyncIterator[MakeLive]:
    """Makes the apps of several processes, whose person is `one`."""
    made = []

    def make(url: str, limits: Limits, **options: Any) -> Live[Job[Any], str]:
        made.append(Live(url, who=lambda request: one, limits=limits, **options))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


@pytest.fixture(params=["memory", "valkey"])
def url(request: pytest.FixtureRequest, one: str) -> str:
    """A broker that has the person's job."""
    memory = f"memory://{uuid4()}"
    url: str = memory if request.param == "memory" else request.getfixturevalue("shared_server").url
    sender: Sender[Job[Any]] = open_sender(url)
    sender.send([(a_job(one), one)])
    sender.close()
    return url


async def test_oldest_stream_ends_in_another_process(url: str, live: MakeLive, one: str) -> None:
    left, right = (Client(live(url, Limits(streams_per_user_everywhere=2))) for _ in range(2))
    route = f"/jobs/job-{one}/status/stream"
    async with left.open(route) as oldest:
        await oldest.has("hello", "status")
        async with left.open(route) as kept, right.open(route) as newest:
            await async_until(lambda: oldest.is_complete)
            assert '"reason":"replaced","next":"wait"' in oldest.events[-1].data
            assert not kept.is_complete
            assert not newest.is_complete


async def test_stream_that_was_left_in_another_process_does_not_count(url: str, live: MakeLive, one: str) -> None:
    left, right = (Client(live(url, Limits(streams_per_user_everywhere=2))) for _ in range(2))
    route = f"/jobs/job-{one}/status/stream"
    async with left.open(route) as oldest:
        for _ in range(2):
            async with right.open(route) as other:
                await async_until(lambda: "heartbeat" in other.names)
        assert not oldest.is_complete


async def test_without_redis_streams_go_on_and_are_counted_after_it(
    own_server: Valkey, live: MakeLive, one: str, caplog: pytest.LogCaptureFixture
) -> None:
    limits = Limits(streams_per_user=2, streams_per_user_everywhere=2)
    own_server.kill()
    left, right = (Client(live(own_server.url, limits, read=lambda job_id: a_job(one))) for _ in range(2))
    route = f"/jobs/job-{one}/status/stream"
    async with left.open(route) as oldest, left.open(route) as kept, right.open(route) as newest:
        await async_until(lambda: caplog.text.count("streams are counted in each process alone") == 2)
        streams = (oldest, kept, newest)
        await async_until(lambda: all("status" in stream.names for stream in streams))
        assert not any(stream.is_complete for stream in streams)
        await asyncio.to_thread(own_server.start)
        await async_until(lambda: [stream.is_complete for stream in streams].count(True) == 1)
        assert not newest.is_complete
        assert "replaced" in (oldest if oldest.is_complete else kept).events[-1].data
