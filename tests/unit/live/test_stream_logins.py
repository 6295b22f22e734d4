"""The login of a stream is checked after each heartbeat, beside the stream and together with those of others."""

import asyncio
from collections.abc import Collection

import pytest

from playhead.live.inbox import FIRST_HEARTBEAT_S, Signal
from playhead.live.loader import Loader
from playhead.live.stream import Recheck
from tests.support.clock import Clock
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job
from tests.unit.live.world import ADA, Person, World


@pytest.fixture
async def world() -> World:
    return World()


async def test_sign_out_in_another_process_is_noticed_at_the_next_heartbeat(world: World) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    world.store.logins.clear()
    world.signal(Signal.HEARTBEAT)
    await reading.has("hello", "status", "heartbeat")
    await world.hub.tick()
    await reading.ends()
    assert reading.goodbye == {"reason": "signed_out", "next": "none"}


async def test_updates_do_not_wait_for_the_login_that_a_heartbeat_checks(world: World) -> None:
    answered, asked = asyncio.Event(), asyncio.Event()

    async def recheck(last: Person) -> Person:
        asked.set()
        await answered.wait()
        return last

    reading = world.open(recheck=recheck)
    await reading.has("hello", "status")
    world.signal(Signal.HEARTBEAT)
    await reading.has("hello", "status", "heartbeat")
    await world.hub.tick()
    await asked.wait()
    world.publish(a_job(version=1_000_002))
    await reading.has("hello", "status", "heartbeat", "status")
    reading.task.cancel()


async def test_logins_of_the_heartbeats_of_a_tick_are_one_read() -> None:
    clock, reads = Clock(), []

    async def read(numbers: Collection[int]) -> dict[int, Person]:
        reads.append(len(numbers))
        await asyncio.sleep(0)
        return dict.fromkeys(numbers, ADA)

    def recheck(number: int) -> Recheck[Person]:
        return lambda _: logins.load(number)

    logins = Loader(read)
    world = World(per_process=10, per_user=10, clock=clock)
    readings = [world.open(recheck=recheck(number)) for number in range(10)]
    for reading in readings:
        await reading.has("hello", "status")
    clock.now = FIRST_HEARTBEAT_S
    await world.hub.tick()
    for reading in readings:
        await reading.has("hello", "status", "heartbeat")
    await world.hub.tick()
    await async_until(lambda: reads)
    assert reads == [10]
    for reading in readings:
        reading.task.cancel()


async def test_reader_that_leaves_ends_the_check_of_its_login(world: World) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    world.signal(Signal.HEARTBEAT)
    await reading.has("hello", "status", "heartbeat")
    assert "login-check" in {task.get_name() for task in asyncio.all_tasks()}
    reading.task.cancel()
    await async_until(lambda: "login-check" not in {task.get_name() for task in asyncio.all_tasks()})
