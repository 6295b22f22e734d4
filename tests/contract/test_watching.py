"""Watching and unwatching, faster than any broker answers: each watch has its gap, and what is wanted last is heard."""

import asyncio
import random
from functools import partial

import pytest
import redis

from playhead.live.broker.keys import KEYS
from playhead.live.broker.ports import Gap, Published
from playhead.sessions.status import Status
from tests.support.fakes import a_status
from tests.support.pubsub_broker import Broker, Listener, valkey_broker
from tests.support.valkey import Valkey
from tests.support.waiting import async_until

THOUSANDS = 3000


def first(session_id: str) -> Status:
    return a_status(version=1, session_id=session_id)


def has_gaps(listener: Listener, topic: str, count: int) -> bool:
    return listener.gaps(topic) >= count


async def test_each_watch_has_a_gap_though_nothing_lies_between_two(broker: Broker, one: str) -> None:
    listener = await broker.listener(one)
    for gaps in range(2, 5):
        listener.subscriber.unwatch(one)
        listener.subscriber.watch(one)
        await async_until(partial(has_gaps, listener, one, gaps))
    await end_of_commands(listener, one)
    assert listener.gaps(one) == gaps
    await broker.send(first(one))
    await async_until(lambda: listener.versions(one) == [1])


async def test_watch_that_was_taken_back_at_once_is_in_force_with_its_gap(broker: Broker, one: str) -> None:
    listener = await broker.listener()
    for _ in range(3):
        listener.subscriber.watch(one)
        listener.subscriber.unwatch(one)
    listener.subscriber.watch(one)
    await async_until(partial(has_gaps, listener, one, 1))
    await broker.send(first(one))
    await async_until(lambda: listener.versions(one) == [1])


@pytest.mark.parametrize("turns", range(4))
async def test_session_unwatched_before_it_is_subscribed_to_is_not_heard(broker: Broker, one: str, turns: int) -> None:
    listener, later = await broker.listener(f"{one}-before"), f"{one}-later"
    listener.subscriber.watch(one)
    for _ in range(turns):  # of the event loop: the command is not sent yet, is sent, or was answered
        await asyncio.sleep(0)
    listener.subscriber.unwatch(one)
    listener.subscriber.watch(later)
    await async_until(partial(has_gaps, listener, later, 1))
    await end_of_commands(listener, one)
    await broker.send(first(one), first(later))
    await async_until(lambda: listener.versions(later) == [1])
    assert listener.versions(one) == []


async def end_of_commands(listener: Listener, one: str) -> None:
    """Waits until the server has handled what was sent to it before, in order: another subscription is confirmed."""
    for last in (f"{one}-last", f"{one}-very-last"):  # commands of one moment are sent in an order of their own
        listener.subscriber.watch(last)
        await async_until(partial(has_gaps, listener, last, 1))


async def watched_in_turns(listener: Listener, names: list[str], one: str) -> set[str]:
    """Watches and unwatches these topics in a random order, twice most of them; returns those that are wanted last."""
    wanted: set[str] = set()
    chosen = random.Random(one)
    for name in [*names, *chosen.sample(names, len(names) // 2), *chosen.sample(names, len(names) // 2)]:
        if name in wanted:
            wanted.discard(name)
            listener.subscriber.unwatch(name)
        else:
            wanted.add(name)
            listener.subscriber.watch(name)
        if chosen.random() < 1 / 50:
            await asyncio.sleep(0)  # so that commands are sent meanwhile
    await end_of_commands(listener, one)
    return wanted


async def test_thousands_watched_and_unwatched_in_turns_are_heard_as_wanted(broker: Broker, one: str) -> None:
    listener, names = await broker.listener(), [f"{one}-{number}" for number in range(THOUSANDS)]
    wanted = await watched_in_turns(listener, names, one)
    await broker.send(*map(first, [*names, f"{one}-last"]))
    await async_until(lambda: listener.versions(f"{one}-last") == [1])
    assert {item.topic for item in listener.received if isinstance(item, Published)} == {*wanted, f"{one}-last"}
    assert wanted < {item.topic for item in listener.received if isinstance(item, Gap)}


async def test_server_sends_exactly_the_thousands_that_are_wanted_in_the_end(
    shared_server: Valkey, client: redis.Redis, one: str
) -> None:
    broker, names = valkey_broker(shared_server.url), [f"{one}-{number}" for number in range(THOUSANDS)]
    wanted = await watched_in_turns(await broker.listener(), names, one)
    expected = {KEYS.channel(topic).encode() for topic in (*wanted, f"{one}-last", f"{one}-very-last")}
    assert set(client.pubsub_channels(f"{KEYS.channel(one)}-*")) == expected
    await broker.close()
