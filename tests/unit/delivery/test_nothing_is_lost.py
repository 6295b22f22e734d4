"""Whole streams through random faults: whatever happens, each reader ends with what the store holds, in order, once."""

import asyncio
from functools import partial

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from playhead.live.broker.ports import Gap
from playhead.live.inbox import Signal
from playhead.sessions.status import Stage, Status
from tests.support.fakes import a_status
from tests.support.waiting import async_until
from tests.unit.delivery.world import NEVER, Reading, World

STAGES = [Stage.DECODING, Stage.TRANSCRIBING, Stage.RETRYING, Stage.FINALIZING]
STEP = st.one_of(
    st.tuples(st.just("words"), st.integers(0, 6)),
    st.tuples(
        st.sampled_from(["attempt", "publish", "gap", "heartbeat", "gone", "back", "join", "connection"]), st.just(0)
    ),
    st.tuples(st.just("turns"), st.integers(1, 6)),
)


@settings(max_examples=75, deadline=None)
@given(st.lists(STEP, max_size=40), st.sampled_from(STAGES))
def test_every_stream_ends_with_the_final_status_and_every_segment_once(
    schedule: list[tuple[str, int]], stage: Stage
) -> None:
    asyncio.run(_one_session(schedule, stage))


async def _one_session(schedule: list[tuple[str, int]], stage: Stage) -> None:
    world, version = World(per_process=99, per_user=99), 1_000_001
    readings, readings_of_statuses = [world.open(segments_from=0)], [world.open(has_connection=True, patches=True)]
    said = {world.store.status.version: world.store.status} if world.store.status else {}
    for step, number in schedule:
        match step:
            case "words":
                version += 1
                said[version] = world.commit(_status(stage, version, number), words=number)
            case "attempt":
                version = (version // 1_000_000 + 1) * 1_000_000 + 1
                said[version] = world.commit(a_status(Stage.RETRYING, version))
            case "publish":
                world.publish()
            case "gap":
                world.hub.deliver(Gap())
            case "heartbeat":
                world.signal(Signal.HEARTBEAT)
            case "gone" | "back":
                world.store.gone = step == "gone"
            case "join":
                readings.append(world.open(segments_from=len(readings) % 3))
            case "connection":
                readings_of_statuses.append(world.open(has_connection=True, patches=len(readings_of_statuses) % 2 == 0))
            case "turns":
                for _ in range(number):
                    await asyncio.sleep(0)
    world.store.gone = False
    said[version + 1] = world.commit(a_status(Stage.COMPLETED, version + 1), words=1)
    world.hub.deliver(Gap())
    for reading in (*readings, *readings_of_statuses):
        await reading.ends()
        assert reading.versions == sorted(set(reading.versions))
        assert reading.versions[-1] == version + 1
        assert reading.goodbye["reason"] == "final"
        for document in reading.documents:
            assert msgspec.convert(document, Status, strict=False) == said[document["version"]]
    total = len(world.store.segments)
    assert readings[0].words == list(range(total))
    for number, reading in enumerate(readings[1:], start=1):
        assert reading.words == list(range(number % 3, total))
    assert (world.hub.readers, world.hub.watched) == (0, 0)


def _status(stage: Stage, version: int, number: int) -> Status:
    """Some fields come, some go, some stay."""
    return a_status(stage, version, position_s=float(number) if number % 3 else None, speed=7.0, message=f"at {number}")


MANY = st.one_of(
    st.tuples(st.sampled_from(["commit", "tell", "late", "end", "again", "delete"]), st.sampled_from("abc")),
    st.tuples(st.sampled_from(["gap", "heartbeat", "turn", "join", "connection"]), st.just("")),
)


@settings(max_examples=75, deadline=None)
@given(st.lists(MANY, max_size=50))
def test_every_stream_of_all_ends_equal_to_the_store(schedule: list[tuple[str, str]]) -> None:
    asyncio.run(_all_sessions(schedule))


async def _all_sessions(schedule: list[tuple[str, str]]) -> None:
    world = World(per_process=99, per_user=99)
    held: dict[str, Status] = {}
    readings = [world.open_all()]
    for number, (step, name) in enumerate(schedule, start=1):
        match step:
            case "commit" | "end" | "again":
                stage = {"commit": Stage.TRANSCRIBING, "end": Stage.COMPLETED, "again": Stage.QUEUED}[step]
                # One that ended changed now, so it is news to whoever asks.
                status = a_status(stage, 1_000_000 + number, session_id=name, updated_at=NEVER)
                held.setdefault(name, status)
                world.store.all[name] = status
            case "tell" if name in world.store.all:
                world.tell(world.store.all[name])
            case "late" if name in held:
                world.tell(held[name])
            case "delete":
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


def _greeted(reading: Reading) -> bool:
    return "hello" in reading.names


def _agrees(reading: Reading, world: World) -> bool:
    """Whether the reader knows of each session what the store holds; versions grow on the way, whatever else."""
    last: dict[str, int] = {}
    for event in reading.events:
        if event.event == "status":
            status = msgspec.json.decode(event.data)
            assert status["version"] > last.get(status["session_id"], -1)
            last[status["session_id"]] = status["version"]
    return all(last.get(name) == status.version for name, status in world.store.all.items())
