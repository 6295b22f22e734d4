"""One stream for all of a person's jobs: the present ones, those to come, and those that ended meanwhile."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from playhead.live.clock import now
from playhead.live.follow import QUIET_HEARTBEATS
from playhead.live.inbox import Signal
from playhead.live.job import Job
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job
from tests.unit.live.world import NEVER, PER_USER, Reading, World


@pytest.fixture
async def world() -> World:
    world = World()
    for status in (of("a", 1_000_001), of("b", 1, "queued"), of("c", 1_000_009, "completed")):
        world.store.all[status.id] = status
    return world


def of(job_id: str, version: int, stage: str = "importing", **fields: object) -> Job:
    return a_job(stage, version, id=job_id, **fields)


def told(reading: Reading) -> list[tuple[str, int, str]]:
    """Id, version and state of every status, as they came."""
    documents = [msgspec.json.decode(event.data) for event in reading.events if event.event == "status"]
    return [(document["id"], document["version"], document["state"]) for document in documents]


async def test_present_ones_come_at_once_and_those_that_ended_long_ago_do_not(world: World) -> None:
    reading = world.open_all()
    await reading.has("hello", "status", "status")
    assert told(reading) == [("a", 1_000_001, "processing"), ("b", 1, "queued")]


async def test_changes_and_new_ones_come_in_one_stream_until_it_is_left(world: World) -> None:
    reading = world.open_all()
    await reading.has("hello", "status", "status")
    for status in (of("d", 1, "queued"), of("a", 1_000_002), of("b", 2, "canceled"), of("d", 1, "queued")):
        world.publish_to_owner(status)
    await async_until(lambda: len(told(reading)) == 5)
    assert told(reading)[2:] == [("d", 1, "queued"), ("a", 1_000_002, "processing"), ("b", 2, "canceled")]
    world.publish_to_owner(of("b", 3, "queued"))  # it was put back
    await async_until(lambda: told(reading)[-1] == ("b", 3, "queued"))
    assert not reading.task.done()


async def test_one_that_is_behind_gets_the_newest_of_each_job(world: World) -> None:
    reading = world.open_all()
    await reading.has("hello", "status", "status")
    for version in range(2, 50):
        world.publish_to_owner(of("a", 1_000_000 + version))
        world.publish_to_owner(of("b", version, "queued"))
    await async_until(lambda: len(told(reading)) == 4)
    assert told(reading)[2:] == [("a", 1_000_049, "processing"), ("b", 49, "queued")]


async def test_after_a_gap_it_has_what_was_missed_each_once(world: World) -> None:
    reading = world.open_all()
    await reading.has("hello", "status", "status")
    world.store.all |= {"a": of("a", 1_000_009, "completed"), "d": of("d", 1, "queued")}
    world.store.all["a"] = msgspec.structs.replace(world.store.all["a"], updated_at=NEVER)
    for _ in range(2):
        world.signal(Signal.GAP)
        await async_until(lambda: len(told(reading)) == 4)
    assert sorted(told(reading)[2:]) == [("a", 1_000_009, "completed"), ("d", 1, "queued")]


async def test_message_that_was_lost_is_healed_while_another_job_goes_on(world: World) -> None:
    reading = world.open_all()
    await reading.has("hello", "status", "status")
    world.store.all["b"] = msgspec.structs.replace(of("b", 1_000_002, "completed"), updated_at=NEVER)

    async def goes_on(version: int) -> None:
        seen = len(reading.events)
        world.publish_to_owner(of("a", version))
        await async_until(lambda: len(reading.events) > seen)
        world.signal(Signal.HEARTBEAT)
        await async_until(lambda: len(reading.events) > seen + 1)

    for heartbeat in range(2 * QUIET_HEARTBEATS):
        await goes_on(1_000_002 + heartbeat)
    assert ("b", 1_000_002, "completed") in told(reading)


async def test_job_that_was_deleted_meanwhile_is_canceled_once(world: World) -> None:
    reading = world.open_all()
    await reading.has("hello", "status", "status")
    del world.store.all["a"]
    for _ in range(2):
        world.signal(Signal.GAP)
        await async_until(lambda: len(told(reading)) == 3)
    assert told(reading)[2:] == [("a", 2_000_001, "canceled")]
    world.publish_to_owner(of("a", 1_000_010))
    world.publish_to_owner(of("e", 1, "queued"))
    await async_until(lambda: told(reading)[-1][0] == "e")
    assert len(told(reading)) == 4


async def test_who_was_away_hears_of_what_ended_since(world: World) -> None:
    reading = world.open_all(since=now() - timedelta(minutes=1))
    await async_until(lambda: len(told(reading)) == 3)
    assert ("c", 1_000_009, "completed") in told(reading)


async def test_events_carry_a_time_to_come_back_with(world: World) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)
    world.store.all = {"a": of("a", 1_000_001, updated_at=at)}
    reading = world.open_all()
    await reading.has("hello", "status")
    assert int(reading.events[1].last_event_id) == int(at.timestamp() * 1000) == 1767323045678


async def test_it_counts_among_a_persons_streams_and_ends_with_them(world: World) -> None:
    readings = [world.open_all() for _ in range(PER_USER)]
    await async_until(lambda: all(told(reading) for reading in readings))
    assert world.hub.readers_of("ada") == PER_USER
    world.hub.drain()
    for reading in readings:
        await reading.ends()
        assert reading.goodbye["reason"] == "draining"
    assert world.hub.readers == world.hub.watched == 0


async def test_heartbeat_names_no_version(world: World) -> None:
    reading = world.open_all()
    await reading.has("hello", "status", "status")
    world.signal(Signal.HEARTBEAT)
    await reading.has("hello", "status", "status", "heartbeat")
    assert msgspec.json.decode(reading.events[-1].data)["version"] is None
