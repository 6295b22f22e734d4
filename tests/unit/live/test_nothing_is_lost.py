"""Whole streams through random faults: whatever happens, each reader ends with what the store holds, in order, once."""

import asyncio
from functools import partial

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from playhead.live.broker.ports import Gap
from playhead.live.inbox import Signal
from playhead.live.job import Job
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job
from tests.unit.live.world import NEVER, Reading, World

STAGES = ["reading", "importing", "retrying", "finishing"]
STEP = st.one_of(
    st.tuples(st.just("change"), st.integers(0, 6)),
    st.tuples(
        st.sampled_from(["attempt", "deliver", "gap", "heartbeat", "gone", "back", "join", "connection"]), st.just(0)
    ),
    st.tuples(st.just("come"), st.integers(0, 3)),
    st.just(("confirmed", 0)),
    st.tuples(st.just("turns"), st.integers(1, 6)),
)


@settings(max_examples=75, deadline=None)
@given(st.lists(STEP, max_size=40), st.sampled_from(STAGES))
def test_every_stream_ends_with_the_final_status(schedule: list[tuple[str, int]], stage: str) -> None:
    asyncio.run(_one_job(schedule, stage))


async def _one_job(schedule: list[tuple[str, int]], stage: str) -> None:
    world, version = World(per_process=99, per_user=99), 1_000_001
    first = a_job(stage, version)
    stored, readings = {version: first}, [world.open(), world.open(has_connection=True, patches=True)]
    world.store.status = first
    for step, number in schedule:
        match step:
            case "change":
                version += 1
                world.store.status = stored[version] = _changed(stage, version, number)
            case "attempt":
                version = (version // 1_000_000 + 1) * 1_000_000 + 1
                world.store.status = stored[version] = a_job("retrying", version)
            case "deliver":
                world.publish()
            case "gap":
                world.hub.deliver(Gap())
            case "heartbeat":
                world.signal(Signal.HEARTBEAT)
            case "gone" | "back":
                world.store.gone = step == "gone"
            case "join" | "connection":
                readings.append(world.open(has_connection=step == "connection", patches=len(readings) % 2 == 0))
            case "come":  # as by the route, which read the newest status, or one before it
                present = list(stored.values())[-1 - number % len(stored)]
                readings.append(world.open(has_connection=number % 2 == 0, present=present))
            case "confirmed":
                world.hub.deliver(Gap("s"))
            case "turns":
                for _ in range(number):
                    await asyncio.sleep(0)
    world.store.gone = False
    world.store.status = stored[version + 1] = a_job("completed", version + 1)
    for reading in readings:
        await async_until(partial(_has_begun, reading))
    world.hub.deliver(Gap("s"))
    for reading in readings:
        await reading.ends()
        assert reading.versions == sorted(set(reading.versions))
        assert reading.versions[-1] == version + 1
        assert reading.goodbye["reason"] == "final"
        for document in reading.documents:
            assert msgspec.convert(document, Job, strict=False) == stored[document["version"]]
    assert (world.hub.readers, world.hub.watched) == (0, 0)


def _changed(stage: str, version: int, number: int) -> Job:
    """Some fields come, some go, some stay."""
    data = {"rows": number, "faults": {f"column {number}": 1}} if number % 2 else None
    return a_job(stage, version, progress=number / 6 if number % 3 else None, message=f"at {number}", data=data)


MANY = st.one_of(
    st.tuples(st.sampled_from(["commit", "deliver", "late", "end", "again", "delete"]), st.sampled_from("abc")),
    st.tuples(st.sampled_from(["gap", "heartbeat", "turn", "join", "connection"]), st.just("")),
)


@settings(max_examples=75, deadline=None)
@given(st.lists(MANY, max_size=50))
def test_every_stream_of_all_ends_equal_to_the_store(schedule: list[tuple[str, str]]) -> None:
    asyncio.run(_all_jobs(schedule))


async def _all_jobs(schedule: list[tuple[str, str]]) -> None:
    world = World(per_process=99, per_user=99)
    held: dict[str, Job] = {}
    deleted: set[str] = set()  # ids are never used again: readers have a version of these above all that could follow
    readings = [world.open_all()]
    for number, (step, name) in enumerate(schedule, start=1):
        match step:
            case "commit" | "end" | "again" if name not in deleted:
                stage = {"commit": "importing", "end": "completed", "again": "queued"}[step]
                # One that ended changed now, so it is news to whoever asks.
                status = a_job(stage, 1_000_000 + number, id=name, updated_at=NEVER)
                held.setdefault(name, status)
                world.store.all[name] = status
            case "deliver" if name in world.store.all:
                world.publish_to_owner(world.store.all[name])
            case "late" if name in held:
                world.publish_to_owner(held[name])
            case "delete":
                deleted.add(name)
                world.store.all.pop(name, None)
                held.pop(name, None)
            case "gap":
                world.hub.deliver(Gap())
            case "heartbeat":
                world.signal(Signal.HEARTBEAT)
            case "turn":
                await asyncio.sleep(0)
            case "join":
                readings.append(world.open_all())
            case "connection":
                readings.append(world.open_all(has_connection=True))
    for reading in readings:
        await async_until(partial(_greeted, reading))
    world.hub.deliver(Gap())
    for reading in readings:
        await async_until(partial(_agrees, reading, world))
        reading.task.cancel()
    await asyncio.gather(*(reading.task for reading in readings), return_exceptions=True)
    assert (world.hub.readers, world.hub.watched) == (0, 0)


def _has_begun(reading: Reading) -> bool:
    return _greeted(reading) or reading.task.done()


def _greeted(reading: Reading) -> bool:
    return "hello" in reading.names


def _agrees(reading: Reading, world: World) -> bool:
    """Whether the reader knows of each job what the store holds; versions grow on the way, whatever else."""
    last: dict[str, int] = {}
    for event in reading.events:
        if event.event == "status":
            status = msgspec.json.decode(event.data)
            assert status["version"] > last.get(status["id"], -1)
            last[status["id"]] = status["version"]
    return all(last.get(name) == status.version for name, status in world.store.all.items())
