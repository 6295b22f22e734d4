"""One suite for every carrier of statuses: what `pubsub.ports` promises."""

import asyncio
from functools import partial

import pytest
import redis

from playhead.loader import Loader
from playhead.pubsub.ports import Gap, LoginEnded, topic_of
from playhead.pubsub.valkey import FINAL_TTL_S, LIVE_TTL_S, PREFIX, ValkeySender, ValkeySubscriber
from playhead.sessions.status import Stage, Status, encode
from tests.support.carrier import Carrier, Ear, valkey_carrier
from tests.support.fakes import a_status
from tests.support.valkey import Valkey
from tests.support.waiting import async_until

MANY = 500
HEALED_S = 8.0
"""Contract of the adapter: healed within 2 s of the server's return; the rest is for a loaded machine."""


def versions(session_id: str, *numbers: int, stage: Stage = Stage.TRANSCRIBING) -> list[Status]:
    return [a_status(stage, number, session_id=session_id) for number in numbers]


def told(ear: Ear, session_id: str, gaps: int, version: int | None = None) -> bool:
    """Whether there was one more gap than these, or this version."""
    return ear.gaps(session_id) > gaps or version in ear.versions(session_id)


async def test_what_is_sent_arrives(carrier: Carrier, one: str) -> None:
    ear = await carrier.ear(one)
    sent = a_status(Stage.FAILED, 1_000_007, session_id=one, message="«ü»", eta_range_s=(1.0, 2.0))
    await carrier.send(sent)
    await async_until(lambda: sent in ear.statuses(one))
    assert await ear.snapshot(one) == sent


async def test_owner_hears_of_all_their_sessions(carrier: Carrier, one: str) -> None:
    hers, theirs = topic_of(f"ada-{one}"), topic_of(f"eve-{one}")
    ear = await carrier.ear(hers, theirs)
    await carrier.send(a_status(version=1, session_id=f"{one}-1"), owner_id=f"ada-{one}")
    await carrier.send(a_status(version=9, session_id=f"{one}-2"), owner_id=f"ada-{one}")
    await carrier.send(a_status(version=5, session_id=f"{one}-3"), owner_id=f"eve-{one}")
    await async_until(lambda: ear.versions(theirs) == [5])
    assert [(status.session_id, status.version) for status in ear.statuses(hers)] == [(f"{one}-1", 1), (f"{one}-2", 9)]


async def test_several_in_one_call_arrive_in_order(carrier: Carrier, one: str) -> None:
    ear = await carrier.ear(one)
    await carrier.send(*versions(one, 1, 2, 3))
    await async_until(lambda: ear.versions(one) == [1, 2, 3])


async def test_nothing_is_held_of_a_session_nobody_sent(carrier: Carrier, one: str) -> None:
    assert await (await carrier.ear()).snapshot(one) is None


async def test_older_version_sent_late_neither_overwrites_nor_arrives(carrier: Carrier, one: str) -> None:
    ear = await carrier.ear(one)
    await carrier.send(*versions(one, 2_000_001))
    await carrier.send(*versions(one, 1_999_999, 2_000_001, 999))
    await carrier.send(*versions(one, 2_000_002))
    await async_until(lambda: 2_000_002 in ear.versions(one))
    assert ear.versions(one) == [2_000_001, 2_000_002]
    held = await ear.snapshot(one)
    assert held is not None
    assert held.version == 2_000_002


async def test_watching_is_answered_by_a_gap_of_that_session(carrier: Carrier, one: str) -> None:
    ear = await carrier.ear()
    ear.subscriber.watch(one)
    await async_until(lambda: ear.heard == [Gap(one)])


async def test_session_that_is_not_watched_any_more_is_not_heard(carrier: Carrier, one: str) -> None:
    other = one + "-other"
    ear = await carrier.ear(one, other)
    ear.subscriber.unwatch(one)
    ear.subscriber.unwatch(one)
    ear.subscriber.watch(other + "-later")
    await async_until(lambda: ear.gaps(other + "-later"))
    await carrier.send(*versions(one, 1), *versions(other, 1))
    await async_until(lambda: ear.versions(other))
    # The server handles a connection's commands in order, and the memory carrier at once; one more round for both.
    await carrier.send(*versions(one, 2), *versions(other, 2))
    await async_until(lambda: ear.versions(other) == [1, 2])
    assert 2 not in ear.versions(one)


async def test_session_watched_again_is_heard_again(carrier: Carrier, one: str) -> None:
    ear = await carrier.ear(one)
    for version in range(1, 6):
        ear.subscriber.unwatch(one)
        await asyncio.sleep(0)
        before = ear.gaps(one)
        ear.subscriber.watch(one)
        await carrier.send(*versions(one, version))
        # Either it arrives, or the gap that follows says to look where it is held.
        await async_until(partial(told, ear, one, before, version))
        held = await ear.snapshot(one)
        assert held is not None
        assert held.version == version


async def test_every_listener_hears_what_it_watches(carrier: Carrier, one: str) -> None:
    other = one + "-other"
    left, right = await carrier.ear(one), await carrier.ear(one, other)
    await carrier.send(*versions(one, 1), *versions(other, 1))
    await async_until(lambda: left.versions(one) == right.versions(one) == [1] and right.versions(other) == [1])
    left.subscriber.unwatch(one)
    await carrier.send(*versions(one, 2))
    await async_until(lambda: right.versions(one) == [1, 2])
    assert left.versions(other) == []


async def test_every_listener_hears_that_a_login_ended(carrier: Carrier, one: str) -> None:
    left, right = await carrier.ear(), await carrier.ear(one)
    await carrier.login_ended(f"ada-{one}")
    await async_until(lambda: all(LoginEnded(f"ada-{one}") in ear.heard for ear in (left, right)))


async def test_many_sessions_share_one_listener(carrier: Carrier, one: str) -> None:
    names = [f"{one}-{number}" for number in range(MANY)]
    ear = await carrier.ear(*names)
    await carrier.send(*(a_status(version=1, session_id=name) for name in names))
    await async_until(lambda: all(ear.versions(name) == [1] for name in names))


async def test_carrier_that_is_there_answers(carrier: Carrier) -> None:
    await (await carrier.ear()).subscriber.ping()


async def test_every_key_ends_by_itself(shared_server: Valkey, client: redis.Redis, one: str) -> None:
    sender = ValkeySender(shared_server.url)
    statuses = [*versions(one, 1), *versions(one + "-done", 1, stage=Stage.COMPLETED)]
    sender.send([(status, "ada") for status in statuses])
    sender.close()
    assert LIVE_TTL_S - 60 < client.ttl(PREFIX + one) <= LIVE_TTL_S
    assert FINAL_TTL_S - 60 < client.ttl(PREFIX + one + "-done") <= FINAL_TTL_S
    assert all(client.ttl(key) > 0 for key in client.scan_iter())


async def test_what_is_no_status_is_a_gap_and_not_held(shared_server: Valkey, client: redis.Redis, one: str) -> None:
    carrier = valkey_carrier(shared_server.url)
    ear = await carrier.ear(one)
    client.set(PREFIX + one, b'{"stage": "of a newer worker"}', ex=60)
    client.publish(PREFIX + one, b'{"stage": "of a newer worker"}')
    await async_until(lambda: ear.gaps(one) == 2)
    assert await ear.snapshot(one) is None
    await carrier.close()


async def test_server_that_crashed_and_is_back_means_a_gap_of_every_session(own_server: Valkey) -> None:
    carrier = valkey_carrier(own_server.url)
    names = [f"session-{number}" for number in range(MANY)]
    ear = await carrier.ear(*names)
    await carrier.send(*versions(names[0], 1))
    await async_until(lambda: ear.versions(names[0]) == [1])

    ear.heard.clear()
    own_server.kill()
    ear.subscriber.watch("meanwhile")
    ear.subscriber.unwatch(names[1])
    await asyncio.to_thread(own_server.start)
    others = [names[0], *names[2:], "meanwhile"]
    await async_until(lambda: all(ear.gaps(name) for name in others), "a gap of every session", HEALED_S)
    assert not ear.gaps(names[1])
    await carrier.send(*versions(names[0], 2), *versions("meanwhile", 1))
    await async_until(lambda: ear.versions(names[0]) == [2] and ear.versions("meanwhile") == [1])
    await carrier.close()


async def test_connection_that_is_cut_means_a_gap(shared_server: Valkey, client: redis.Redis, one: str) -> None:
    carrier = valkey_carrier(shared_server.url)
    ear = await carrier.ear(one)
    for version in range(1, 4):
        before = ear.gaps(one)
        client.client_kill_filter(_type="pubsub")
        await async_until(partial(told, ear, one, before))
        await carrier.send(*versions(one, version))
        await async_until(partial(told, ear, one, 99, version))
    await carrier.close()


async def test_connections_cut_while_sessions_come_and_go_leave_nobody_deaf(
    shared_server: Valkey, client: redis.Redis, one: str
) -> None:
    carrier = valkey_carrier(shared_server.url)
    ear = await carrier.ear(one)
    for number in range(40):
        ear.subscriber.watch(f"{one}-{number}")
        await asyncio.sleep(0)
        if number % 3:
            client.client_kill_filter(_type="pubsub")
        ear.subscriber.unwatch(f"{one}-{number - 5}")
        await asyncio.sleep(0.002 * (number % 7))
    watched = [one, *(f"{one}-{number}" for number in range(35, 40))]
    for name in watched:
        await async_until(partial(ear.gaps, name))
    await carrier.send(*(a_status(version=1, session_id=name) for name in watched))
    for name in watched:
        held = await ear.snapshot(name)
        assert held is not None
        await async_until(partial(told, ear, name, ear.gaps(name), 1))
    await carrier.close()


async def test_thousands_that_ask_for_a_snapshot_at_once_share_one_connection(
    shared_server: Valkey, client: redis.Redis, one: str
) -> None:
    carrier = valkey_carrier(shared_server.url)
    ear = await carrier.ear()
    await carrier.send(*versions(one, 7))
    before = client.info("clients")["connected_clients"]
    snapshots = Loader(ear.subscriber.snapshots)
    names = [one, *(f"{one}-{number}" for number in range(3000))]
    held = await asyncio.gather(*map(snapshots.load, names))
    assert [status.version for status in held if status is not None] == [7]
    assert client.info("clients")["connected_clients"] == before + 1
    await carrier.close()


async def test_server_that_is_gone_is_an_os_error(own_server: Valkey) -> None:
    subscriber = ValkeySubscriber(own_server.url)
    await subscriber.ping()
    own_server.kill()
    for _ in range(2):
        with pytest.raises(OSError, match=r"."):
            await subscriber.ping()
        with pytest.raises(OSError, match=r"."):
            await subscriber.snapshots(["one"])
    await subscriber.aclose()


async def test_server_that_hangs_is_an_os_error(own_server: Valkey) -> None:
    subscriber = ValkeySubscriber(own_server.url)
    await subscriber.ping()
    with own_server.hung():
        async with asyncio.timeout(HEALED_S):
            with pytest.raises(OSError, match=r"."):
                await subscriber.snapshots(["one"])
    await subscriber.ping()
    await subscriber.aclose()


async def test_listener_that_leaves_leaves_nothing(own_server: Valkey) -> None:
    carrier = valkey_carrier(own_server.url)
    await carrier.ear("one")
    await carrier.close()
    with redis.Redis.from_url(own_server.url) as client:
        await async_until(lambda: len(client.client_list()) == 1)
        assert client.pubsub_channels() == []


def test_document_begins_so_that_the_server_finds_its_version() -> None:
    """The script reads the first `"version":`; a message that quotes one must not come before it."""
    document = encode(a_status(version=42, message='"version":7'))
    assert document.index(b'"version":42') < document.index(b'"message"')
