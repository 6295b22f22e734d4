"""One suite for every broker of statuses: what `pubsub.ports` promises."""

import asyncio
from functools import partial

import pytest
import redis

from playhead.live.broker.keys import FINAL_TTL_S, KEYS, LIVE_TTL_S
from playhead.live.broker.ports import Gap, LoginEnded, topic_of
from playhead.live.broker.sender import ValkeySender
from playhead.live.broker.subscriber import ValkeySubscriber
from playhead.live.loader import Loader
from playhead.sessions.status import Stage, Status, decode, encode
from tests.support.fakes import a_status
from tests.support.pubsub_broker import Broker, Listener, valkey_broker
from tests.support.valkey import Valkey
from tests.support.waiting import async_until

MANY = 500
HEALED_S = 20.0
"""Contract of the adapter: healed within 2 s of the server's return; the rest is for a loaded machine."""


def versions(session_id: str, *numbers: int, stage: Stage = Stage.TRANSCRIBING) -> list[Status]:
    return [a_status(stage, number, session_id=session_id) for number in numbers]


def told(listener: Listener, session_id: str, gaps: int, version: int | None = None) -> bool:
    """Whether there was one more gap than these, or this version."""
    return listener.gaps(session_id) > gaps or version in listener.versions(session_id)


async def test_what_is_sent_arrives(broker: Broker, one: str) -> None:
    listener = await broker.listener(one)
    sent = a_status(Stage.FAILED, 1_000_007, session_id=one, message="«ü»", eta_range_s=(1.0, 2.0))
    await broker.send(sent)
    await async_until(lambda: sent in listener.statuses(one))
    assert await listener.snapshot(one) == sent


async def test_owner_hears_of_all_their_sessions(broker: Broker, one: str) -> None:
    hers, theirs = topic_of(f"ada-{one}"), topic_of(f"eve-{one}")
    listener = await broker.listener(hers, theirs)
    await broker.send(a_status(version=1, session_id=f"{one}-1"), owner_id=f"ada-{one}")
    await broker.send(a_status(version=9, session_id=f"{one}-2"), owner_id=f"ada-{one}")
    await broker.send(a_status(version=5, session_id=f"{one}-3"), owner_id=f"eve-{one}")
    await async_until(lambda: listener.versions(theirs) == [5])
    assert [(status.session_id, status.version) for status in listener.statuses(hers)] == [
        (f"{one}-1", 1),
        (f"{one}-2", 9),
    ]


async def test_several_in_one_call_arrive_in_order(broker: Broker, one: str) -> None:
    listener = await broker.listener(one)
    await broker.send(*versions(one, 1, 2, 3))
    await async_until(lambda: listener.versions(one) == [1, 2, 3])


async def test_nothing_is_held_of_a_session_nobody_sent(broker: Broker, one: str) -> None:
    assert await (await broker.listener()).snapshot(one) is None


async def test_older_version_sent_late_neither_overwrites_nor_arrives(broker: Broker, one: str) -> None:
    listener = await broker.listener(one)
    await broker.send(*versions(one, 2_000_001))
    await broker.send(*versions(one, 1_999_999, 2_000_001, 999))
    await broker.send(*versions(one, 2_000_002))
    await async_until(lambda: 2_000_002 in listener.versions(one))
    assert listener.versions(one) == [2_000_001, 2_000_002]
    held = await listener.snapshot(one)
    assert held is not None
    assert held.version == 2_000_002


async def test_watching_is_answered_by_a_gap_of_that_session(broker: Broker, one: str) -> None:
    listener = await broker.listener()
    listener.subscriber.watch(one)
    await async_until(lambda: listener.received == [Gap(one)])


async def test_session_that_is_not_watched_any_more_is_not_heard(broker: Broker, one: str) -> None:
    other = one + "-other"
    listener = await broker.listener(one, other)
    listener.subscriber.unwatch(one)
    listener.subscriber.unwatch(one)
    listener.subscriber.watch(other + "-later")
    await async_until(lambda: listener.gaps(other + "-later"))
    await broker.send(*versions(one, 1), *versions(other, 1))
    await async_until(lambda: listener.versions(other))
    # The server handles a connection's commands in order, and the memory broker at once; one more round for both.
    await broker.send(*versions(one, 2), *versions(other, 2))
    await async_until(lambda: listener.versions(other) == [1, 2])
    assert 2 not in listener.versions(one)


async def test_session_watched_again_is_heard_again(broker: Broker, one: str) -> None:
    listener = await broker.listener(one)
    for version in range(1, 6):
        listener.subscriber.unwatch(one)
        await asyncio.sleep(0)
        before = listener.gaps(one)
        listener.subscriber.watch(one)
        await broker.send(*versions(one, version))
        # Either it arrives, or the gap that follows says to look where it is held.
        await async_until(partial(told, listener, one, before, version))
        held = await listener.snapshot(one)
        assert held is not None
        assert held.version == version


async def test_every_listener_hears_what_it_watches(broker: Broker, one: str) -> None:
    other = one + "-other"
    left, right = await broker.listener(one), await broker.listener(one, other)
    await broker.send(*versions(one, 1), *versions(other, 1))
    await async_until(lambda: left.versions(one) == right.versions(one) == [1] and right.versions(other) == [1])
    left.subscriber.unwatch(one)
    await broker.send(*versions(one, 2))
    await async_until(lambda: right.versions(one) == [1, 2])
    assert left.versions(other) == []


async def test_every_listener_hears_that_a_login_ended(broker: Broker, one: str) -> None:
    left, right = await broker.listener(), await broker.listener(one)
    await broker.login_ended(f"ada-{one}")
    await async_until(lambda: all(LoginEnded(f"ada-{one}") in listener.received for listener in (left, right)))


async def test_many_sessions_share_one_listener(broker: Broker, one: str) -> None:
    names = [f"{one}-{number}" for number in range(MANY)]
    listener = await broker.listener(*names)
    await broker.send(*(a_status(version=1, session_id=name) for name in names))
    await async_until(lambda: all(listener.versions(name) == [1] for name in names))


async def test_broker_that_is_there_answers(broker: Broker) -> None:
    await (await broker.listener()).subscriber.ping()


async def test_every_key_ends_by_itself(shared_server: Valkey, client: redis.Redis, one: str) -> None:
    sender: ValkeySender[Status] = ValkeySender(shared_server.url)
    statuses = [*versions(one, 1), *versions(one + "-done", 1, stage=Stage.COMPLETED)]
    sender.send([(status, "ada") for status in statuses])
    sender.close()
    assert LIVE_TTL_S - 60 < client.ttl(KEYS.channel(one)) <= LIVE_TTL_S
    assert FINAL_TTL_S - 60 < client.ttl(KEYS.channel(one) + "-done") <= FINAL_TTL_S
    forever = -1  # Redis' answer for a key without an end
    assert [key for key in client.scan_iter(f"{KEYS.namespace}:*") if client.ttl(key) == forever] == []


async def test_what_is_no_status_is_a_gap_and_not_held(shared_server: Valkey, client: redis.Redis, one: str) -> None:
    broker = valkey_broker(shared_server.url)
    listener = await broker.listener(one)
    client.set(KEYS.channel(one), b'{"stage": "of a newer worker"}', ex=60)
    client.publish(KEYS.channel(one), b'{"stage": "of a newer worker"}')
    await async_until(lambda: listener.gaps(one) == 2)
    assert await listener.snapshot(one) is None
    await broker.close()


async def test_server_that_crashed_and_is_back_means_a_gap_of_every_session(own_server: Valkey) -> None:
    broker = valkey_broker(own_server.url)
    names = [f"session-{number}" for number in range(MANY)]
    listener = await broker.listener(*names)
    await broker.send(*versions(names[0], 1))
    await async_until(lambda: listener.versions(names[0]) == [1])

    listener.received.clear()
    own_server.kill()
    listener.subscriber.watch("meanwhile")
    listener.subscriber.unwatch(names[1])
    await asyncio.to_thread(own_server.start)
    others = [names[0], *names[2:], "meanwhile"]
    await async_until(lambda: all(listener.gaps(name) for name in others), "a gap of every session", HEALED_S)
    assert not listener.gaps(names[1])
    await broker.send(*versions(names[0], 2), *versions("meanwhile", 1))
    await async_until(lambda: listener.versions(names[0]) == [2] and listener.versions("meanwhile") == [1])
    await broker.close()


async def test_connection_that_is_cut_means_a_gap(shared_server: Valkey, client: redis.Redis, one: str) -> None:
    broker = valkey_broker(shared_server.url)
    listener = await broker.listener(one)
    for version in range(1, 4):
        before = listener.gaps(one)
        client.client_kill_filter(_type="pubsub")
        await async_until(partial(told, listener, one, before))
        await broker.send(*versions(one, version))
        await async_until(partial(told, listener, one, 99, version))
    await broker.close()


async def test_connections_cut_while_sessions_come_and_go_leave_nobody_deaf(
    shared_server: Valkey, client: redis.Redis, one: str
) -> None:
    broker = valkey_broker(shared_server.url)
    listener = await broker.listener(one)
    for number in range(40):
        listener.subscriber.watch(f"{one}-{number}")
        await asyncio.sleep(0)
        if number % 3:
            client.client_kill_filter(_type="pubsub")
        listener.subscriber.unwatch(f"{one}-{number - 5}")
        await asyncio.sleep(0.002 * (number % 7))
    watched = [one, *(f"{one}-{number}" for number in range(35, 40))]
    for name in watched:
        await async_until(partial(listener.gaps, name))
    await broker.send(*(a_status(version=1, session_id=name) for name in watched))
    for name in watched:
        held = await listener.snapshot(name)
        assert held is not None
        await async_until(partial(told, listener, name, listener.gaps(name), 1))
    await broker.close()


async def test_thousands_that_ask_for_a_snapshot_at_once_share_one_connection(
    shared_server: Valkey, client: redis.Redis, one: str
) -> None:
    broker = valkey_broker(shared_server.url)
    listener = await broker.listener()
    await broker.send(*versions(one, 7))
    before = client.info("clients")["connected_clients"]
    snapshots = Loader(listener.subscriber.snapshots)
    names = [one, *(f"{one}-{number}" for number in range(3000))]
    held = await asyncio.gather(*map(snapshots.load, names))
    assert [status.version for status in held if status is not None] == [7]
    assert client.info("clients")["connected_clients"] == before + 1
    await broker.close()


async def test_server_that_is_gone_is_an_os_error(own_server: Valkey) -> None:
    subscriber = ValkeySubscriber(own_server.url, decode)
    await subscriber.ping()
    own_server.kill()
    for _ in range(2):
        with pytest.raises(OSError, match=r"."):
            await subscriber.ping()
        with pytest.raises(OSError, match=r"."):
            await subscriber.snapshots(["one"])
    await subscriber.aclose()


async def test_server_that_hangs_is_an_os_error(own_server: Valkey) -> None:
    subscriber = ValkeySubscriber(own_server.url, decode)
    await subscriber.ping()
    with own_server.hung():
        async with asyncio.timeout(HEALED_S):
            with pytest.raises(OSError, match=r"."):
                await subscriber.snapshots(["one"])
    await subscriber.ping()
    await subscriber.aclose()


async def test_listener_that_leaves_leaves_nothing(own_server: Valkey) -> None:
    broker = valkey_broker(own_server.url)
    await broker.listener("one")
    await broker.close()
    with redis.Redis.from_url(own_server.url) as client:
        await async_until(lambda: len(client.client_list()) == 1)
        assert client.pubsub_channels() == []


def test_document_begins_so_that_the_server_finds_its_version() -> None:
    """The script reads the first `"version":`; a message that quotes one must not come before it."""
    document = encode(a_status(version=42, message='"version":7'))
    assert document.index(b'"version":42') < document.index(b'"message"')
