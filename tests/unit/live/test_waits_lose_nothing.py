"""Readers that only wait, through random faults: no final status is lost, and versions only grow."""

import asyncio
from functools import partial

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from playhead.live.broker.ports import Gap
from playhead.live.inbox import Signal
from playhead.live.job import Job
from playhead.live.policy import Reason
from playhead.live.poll import Waits
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job
from tests.unit.live.waiter import Waiter, WaiterForAll
from tests.unit.live.world import ADA, LOGIN, World

FAULTS = ["gap", "heartbeat", "login", "sign out", "sign in", "gone", "back", "flag", "no slot", "join"]
TURNS = st.tuples(st.just("turns"), st.integers(1, 6))
ONE = st.one_of(
    st.tuples(st.sampled_from(["change", "attempt", "deliver"]), st.just(0)),
    st.tuples(st.sampled_from(FAULTS), st.just(0)),
    TURNS,
)
MANY = st.one_of(
    st.tuples(st.sampled_from(["commit", "deliver", "late", "end", "again", "delete"]), st.integers(0, 2)),
    st.tuples(st.sampled_from(FAULTS), st.just(0)),
    TURNS,
)
Schedule = list[tuple[str, int]]


def waiting_world() -> World:
    world = World(waits=Waits(per_user=3))
    world.gate.long_poll = True
    return world


async def fault(world: World, step: str, number: int) -> None:
    """What can happen around any wait; other steps do nothing here."""
    match step:
        case "gap":
            world.hub.deliver(Gap())
        case "heartbeat":
            world.signal(Signal.HEARTBEAT)
        case "login":
            world.hub.check_login(ADA.id)
        case "sign out":
            world.store.logins.clear()
            world.hub.check_login(ADA.id)
        case "sign in":
            world.store.logins[LOGIN] = ADA
        case "gone" | "back":
            world.store.gone = step == "gone"
        case "flag":
            world.gate.answer = Reason.FLAG_OFF if world.gate.answer is Reason.FLAG_ON else Reason.FLAG_ON
            world.signal(Signal.CHECK)
        case "no slot":
            world.gate.long_poll = not world.gate.long_poll
            world.signal(Signal.CHECK)
        case "turns":
            for _ in range(number):
                await asyncio.sleep(0)


def heal(world: World) -> None:
    world.store.gone, world.store.logins[LOGIN], world.gate.long_poll = False, ADA, True


@settings(max_examples=75, deadline=None)
@given(st.lists(ONE, max_size=40))
def test_waiter_for_one_job_gets_its_final_status(schedule: Schedule) -> None:
    asyncio.run(_one_job(schedule))


async def _one_job(schedule: Schedule) -> None:
    world, version = waiting_world(), 1_000_001
    stored = {version: a_job(version=version)}
    world.store.status = stored[version]
    waiters = [Waiter(world)]
    for step, number in schedule:
        match step:
            case "change":
                version += 1
                world.store.status = stored[version] = a_job(version=version)
            case "attempt":
                version = (version // 1_000_000 + 1) * 1_000_000 + 1
                world.store.status = stored[version] = a_job("retrying", version)
            case "deliver":
                world.publish()
            case "join":
                waiters.append(Waiter(world))
            case _:
                await fault(world, step, number)
    heal(world)
    final = world.store.status = stored[version + 1] = a_job("completed", version + 1)
    world.hub.deliver(Gap())  # Redis lost the message of the end
    async with asyncio.timeout(10):
        while not all(waiter.task.done() for waiter in waiters):
            if world.hub.awaits_gap("s"):
                world.hub.deliver(Gap("s"))  # as of each topic that a subscriber begins to listen to
            await asyncio.sleep(0)
        await asyncio.gather(*(waiter.task for waiter in waiters))
    for waiter in waiters:
        assert waiter.versions == sorted(waiter.versions), (
            "the same again, if the transport changed; never an older one"
        )
        assert waiter.versions[-1] == final.version
        assert all(msgspec.convert(each, Job, strict=False) == stored[each["version"]] for each in waiter.documents)
    assert (world.hub.readers, world.hub.watched) == (0, 0)


OLD_MESSAGE_OF_A_DELETED_JOB = [("commit", 2), ("turns", 4), ("delete", 2), ("turns", 8), ("commit", 0), ("late", 2)]


@settings(max_examples=75, deadline=None)
@given(st.lists(MANY, max_size=50))
@example(OLD_MESSAGE_OF_A_DELETED_JOB)
def test_waiter_for_all_jobs_ends_equal_to_the_store(schedule: Schedule) -> None:
    asyncio.run(_all_jobs(schedule))


async def _all_jobs(schedule: Schedule) -> None:
    world = waiting_world()
    first: dict[str, Job] = {}
    deleted: set[str] = set()
    waiters = [WaiterForAll(world)]
    for version, (step, number) in enumerate(schedule, start=1_000_001):
        name = "abc"[number % 3]
        match step:
            case "commit" | "end" | "again" if name not in deleted:
                stage = {"commit": "importing", "end": "completed", "again": "queued"}[step]
                world.store.all[name] = a_job(stage, version, id=name)
                first.setdefault(name, world.store.all[name])
            case "deliver" if name in world.store.all:
                world.publish_to_owner(world.store.all[name])
            case "late" if name in first:
                world.publish_to_owner(first[name])
            case "delete" if world.store.all.pop(name, None):
                deleted.add(name)
            case "join":
                waiters.append(WaiterForAll(world))
            case _:
                await fault(world, step, number)
    heal(world)
    for waiter in waiters:
        world.hub.deliver(Gap())
        await async_until(partial(_agrees, waiter, world))
        waiter.task.cancel()
    outcomes = await asyncio.gather(*(waiter.task for waiter in waiters), return_exceptions=True)
    assert [outcome for outcome in outcomes if not isinstance(outcome, asyncio.CancelledError)] == []
    assert (world.hub.readers, world.hub.watched) == (0, 0)


def _agrees(waiter: WaiterForAll, world: World) -> bool:
    """Whether the reader has the newest version of each job that is stored, and lists no other as going on."""
    if waiter.task.done():
        waiter.task.result()
    going_on = {name for name, state in waiter.listed.items() if state in ("queued", "processing")}
    newest = {name: job.version for name, job in world.store.all.items()}
    present = {name for name, job in world.store.all.items() if not job.is_final}
    return going_on == present and all(waiter.newest.get(name) == version for name, version in newest.items())
