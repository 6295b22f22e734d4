"""What one reader of a stream gets, in which order, and every reason for which it ends.

Somewhat over 300 lines: it is one list, and the place to see that no ending is missing.
"""

import asyncio
from dataclasses import replace
from functools import partial

import msgspec
import pytest

from playhead.live.events import DRAIN_SPREAD_MS
from playhead.live.inbox import Signal
from playhead.live.policy import Reason
from playhead.live.stream import PROVEN_HEARTBEATS
from tests.support.clock import Clock
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job
from tests.unit.live.world import ADA, LOGIN, OTHER, PATH, PER_PROCESS, PER_USER, Reading, World


@pytest.fixture
async def world() -> World:
    return World()


async def test_hello_and_the_present_status_come_at_once(world: World) -> None:
    reading = world.open(heartbeat_s=15.0, max_age_s=600.0)
    await reading.has("hello", "status")
    hello = msgspec.json.decode(reading.events[0].data)
    assert hello.pop("server_time").endswith("Z")
    assert hello == {
        "protocol": 1,
        "heartbeat_s": 15.0,
        "max_age_s": 600.0,
        "transport": {"mode": "stream", "reason": "flag_on"},
    }
    assert reading.versions == [1_000_001]
    reading.task.cancel()


async def test_hello_waits_for_nothing(world: World) -> None:
    world.store.gone = True
    reading = world.open()
    await reading.has("hello")
    world.store.gone = False
    world.signal(Signal.HEARTBEAT)
    await reading.has("hello", "heartbeat", "status")
    reading.task.cancel()


async def test_each_change_is_told_until_the_final_one_and_then_goodbye(world: World) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    for version, stage in enumerate(("importing", "finishing", "completed"), start=1_000_002):
        world.publish(a_job(stage, version))
    await reading.ends()
    assert reading.names == ["hello", "status", "status", "status", "status", "goodbye"]
    assert reading.versions == [1_000_001, 1_000_002, 1_000_003, 1_000_004]
    assert reading.goodbye == {"reason": "final", "next": "none"}
    assert world.hub.readers == 0


async def test_first_heartbeat_after_a_second_then_every_heartbeat_s() -> None:
    clock = Clock()
    world = World(clock=clock)
    running = asyncio.create_task(world.hub.run())
    reading = world.open(heartbeat_s=15.0)
    await reading.has("hello", "status")
    for count, at_s in enumerate((1.0, 16.0, 31.0), start=1):
        clock.now = at_s
        await reading.has("hello", "status", *["heartbeat"] * count)
    heartbeat = msgspec.json.decode(reading.events[-1].data)
    assert (heartbeat["version"], heartbeat["server_time"][-1]) == (1_000_001, "Z")
    for task in (reading.task, running):
        task.cancel()


async def test_drained_reader_is_told_to_come_back_spread_over_time(world: World) -> None:
    readings = [world.open()]
    await readings[0].has("hello", "status")
    world.hub.drain()
    await readings[0].ends()
    for _ in range(50):
        readings.append(world.open())
        await readings[-1].ends()
    waits = {reading.goodbye["retry_after_ms"] for reading in readings}
    assert {(reading.goodbye["reason"], reading.goodbye["next"]) for reading in readings} == {("draining", "stream")}
    assert len(waits) > 10
    assert min(waits) >= 0
    assert max(waits) <= DRAIN_SPREAD_MS


@pytest.mark.parametrize("answer", [Reason.FLAG_OFF, Reason.KILL_SWITCH, Reason.FLAGS_UNAVAILABLE])
async def test_flag_that_is_taken_back_ends_open_streams(world: World, answer: Reason) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    world.gate.answer = answer
    world.store.gone = True  # also then
    world.signal(Signal.CHECK)
    await reading.ends()
    assert reading.goodbye["reason"] == answer
    assert reading.goodbye["next"] == "poll"
    assert 0 <= reading.goodbye["retry_after_ms"] <= DRAIN_SPREAD_MS


async def test_flag_taken_back_before_the_stream_began_ends_it_at_once(world: World) -> None:
    world.gate.answer = Reason.KILL_SWITCH
    reading = world.open()
    await reading.ends()
    assert reading.goodbye["reason"] == "kill_switch"
    assert "heartbeat" not in [event.event for event in reading.events]


async def test_change_between_admission_and_begin_ends_the_stream_at_once(world: World) -> None:
    checks = world.hub.checks
    world.gate.answer = Reason.KILL_SWITCH
    world.hub.check()
    reading = world.open(checks=checks)
    await reading.ends()
    assert reading.goodbye["reason"] == "kill_switch"


async def test_flags_are_not_asked_again_without_a_change_since_admission(world: World) -> None:
    world.gate.answer = Reason.KILL_SWITCH  # without a notice: whoever asks is refused
    reading = world.open(checks=world.hub.checks)
    await reading.has("hello", "status")
    reading.task.cancel()


async def test_path_found_to_be_buffered_ends_open_streams(world: World) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    world.path_health.answer = True
    world.signal(Signal.CHECK)
    await reading.ends()
    assert (reading.goodbye["reason"], reading.goodbye["next"]) == ("buffered", "poll")
    assert PATH in world.path_health.asked


async def test_stream_that_its_path_has_delivered_goes_on(world: World) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    for count in range(1, PROVEN_HEARTBEATS + 1):
        world.signal(Signal.HEARTBEAT)
        await reading.has("hello", "status", *["heartbeat"] * count)
    world.path_health.answer = True
    world.signal(Signal.CHECK)
    world.store.status = a_job("importing", 9_000_001)
    world.publish()
    await reading.has("hello", "status", *["heartbeat"] * PROVEN_HEARTBEATS, "status")
    world.hub.drain()
    await reading.ends()


def both_have(one: Reading, other: Reading, version: int) -> bool:
    return one.versions[-1] == other.versions[-1] == version


@pytest.mark.parametrize("has_connection", [True, False])
async def test_reader_may_have_what_changed_only(world: World, has_connection: bool) -> None:
    reading = world.open(has_connection=has_connection, patches=True)
    plain = world.open(has_connection=has_connection)
    life = [
        a_job("importing", 1_000_002, progress=0.1, data={"rows": 1, "faults": {"date": 1}}),
        a_job("importing", 1_000_003, progress=0.2, data={"rows": 2, "faults": {"date": 1}}),
        a_job("importing", 1_000_004, progress=None, data={"rows": 2, "faults": {"name": 1}}),
        a_job("finishing", 1_000_005, data={"rows": 2}),
        a_job("finishing", 1_000_006, eta_s=4.0),
        a_job("completed", 1_000_007),
    ]
    await async_until(lambda: reading.versions and plain.versions)
    for status in life:
        world.publish(status)
        await async_until(partial(both_have, reading, plain, status.version))
    assert reading.names == ["hello", "status", *["patch"] * len(life), "goodbye"]
    assert reading.documents == plain.documents
    changed = msgspec.json.decode(reading.events[3].data)
    changed.pop("updated_at", None)  # all of them may be made in one millisecond
    assert changed == {"version": 1_000_003, "progress": 0.2, "data": {"rows": 2}}


async def test_reader_that_may_wait_is_told_to_wait(world: World) -> None:
    world.gate.long_poll = True
    reading = world.open()
    await reading.has("hello", "status")
    world.gate.answer = Reason.KILL_SWITCH
    world.signal(Signal.CHECK)
    await reading.ends()
    assert (reading.goodbye["reason"], reading.goodbye["next"]) == ("kill_switch", "wait")


async def test_signed_out_reader_hears_so_at_once(world: World) -> None:
    reading, other = world.open(), world.open(login=OTHER)
    world.store.logins[OTHER] = ADA
    await async_until(lambda: reading.versions and other.versions)
    del world.store.logins[LOGIN]
    world.hub.check_login("ada")
    await reading.ends()
    assert reading.goodbye == {"reason": "signed_out", "next": "none"}
    world.signal(Signal.HEARTBEAT)
    await other.has("hello", "status", "heartbeat")
    other.task.cancel()


async def test_login_that_could_not_be_read_is_read_at_the_next_heartbeat(world: World) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    world.store.logins.clear()
    world.store.gone = True
    world.hub.check_login("ada")
    world.signal(Signal.HEARTBEAT)
    await reading.has("hello", "status", "heartbeat")
    await world.hub.tick()
    await async_until(lambda: world.store.logins_asked == 2)
    world.store.gone = False
    world.signal(Signal.HEARTBEAT)
    await reading.has("hello", "status", "heartbeat", "heartbeat")
    await world.hub.tick()
    await reading.ends()
    assert reading.goodbye["reason"] == "signed_out"


async def test_changed_flags_ask_no_logins(world: World) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    world.signal(Signal.CHECK)
    world.publish(a_job(version=1_000_002))
    await reading.has("hello", "status", "status")
    assert world.store.logins_asked == 0
    reading.task.cancel()


async def test_flags_are_asked_again_for_a_person_whose_rights_changed(world: World) -> None:
    world.gate.refused = {ADA}
    reading = world.open(person=replace(ADA, is_admin=True))
    await reading.has("hello", "status")
    world.signal(Signal.HEARTBEAT)
    await reading.has("hello", "status", "heartbeat")
    await world.hub.tick()  # the store says that Ada is no admin any more
    await reading.ends()
    assert (reading.goodbye["reason"], reading.goodbye["next"]) == ("flag_off", "poll")


async def test_stream_that_is_old_ends_at_a_heartbeat(world: World) -> None:
    reading = world.open(max_age_s=0.0)
    await reading.has("hello", "status")
    world.signal(Signal.HEARTBEAT)
    await reading.ends()
    assert reading.goodbye == {"reason": "max_age", "next": "stream", "retry_after_ms": 0}


@pytest.mark.parametrize(("per_user", "per_job"), [(2, 9), (9, 2)], ids=["of the person", "of the job"])
@pytest.mark.parametrize("long_poll", [True, False])
async def test_newest_stream_beyond_the_limit_replaces_the_oldest(per_user: int, per_job: int, long_poll: bool) -> None:
    world = World(per_user=per_user, per_job=per_job)
    world.gate.long_poll = long_poll
    readings = []
    for _ in range(4):
        readings.append(world.open())
        await readings[-1].has("hello", "status")
    for replaced in readings[:2]:
        await replaced.ends()
        assert replaced.names == ["hello", "status", "goodbye"]
        assert (replaced.goodbye["reason"], replaced.goodbye["next"]) == ("replaced", "wait" if long_poll else "poll")
        assert 0 <= replaced.goodbye["retry_after_ms"] <= DRAIN_SPREAD_MS
    world.signal(Signal.HEARTBEAT)
    for kept in readings[2:]:
        await kept.has("hello", "status", "heartbeat")
        kept.task.cancel()


async def test_stream_of_one_person_replaces_nobody_elses() -> None:
    world = World(per_job=PER_USER)
    others = [world.open(person=replace(ADA, id=f"u{number}")) for number in range(2)]
    await async_until(lambda: all(reading.versions for reading in others))
    readings = [world.open() for _ in range(PER_USER)]
    await async_until(lambda: all(reading.versions for reading in readings))
    assert not any(reading.task.done() for reading in (*others, *readings))
    for reading in (*others, *readings):
        reading.task.cancel()


async def test_stream_that_replaced_one_does_not_end_when_that_one_leaves(world: World) -> None:
    readings = [world.open() for _ in range(PER_USER + 1)]
    await readings[0].ends()
    await async_until(lambda: world.hub.readers == world.hub.readers_of("ada") == PER_USER)
    readings[1].task.cancel()
    await async_until(lambda: world.hub.readers_of("ada") == PER_USER - 1)
    readings.append(world.open())
    await readings[-1].has("hello", "status")
    assert not any(reading.task.done() for reading in readings[2:])
    for reading in readings:
        reading.task.cancel()


async def test_streams_opened_at_once_do_not_slip_past_the_limit_of_the_process() -> None:
    world = World(per_user=2 * PER_PROCESS)
    readings = [world.open() for _ in range(PER_PROCESS + 4)]
    await async_until(lambda: sum(reading.task.done() for reading in readings) == 4)
    refused = [reading for reading in readings if reading.task.done()]
    assert {(*reading.names, reading.goodbye["reason"], reading.goodbye["next"]) for reading in refused} == {
        ("goodbye", "at_capacity", "poll")
    }
    assert world.hub.readers == PER_PROCESS
    for reading in readings:
        reading.task.cancel()


async def test_full_process_keeps_the_streams_it_has(world: World) -> None:
    readings = [world.open(person=replace(ADA, id=f"u{number}")) for number in range(PER_PROCESS)]
    await async_until(lambda: all(reading.versions for reading in readings))
    world.signal(Signal.CHECK)
    world.signal(Signal.HEARTBEAT)
    await async_until(lambda: all("heartbeat" in reading.names for reading in readings))
    for reading in readings:
        reading.task.cancel()


@pytest.mark.parametrize("when", ["before it begins", "meanwhile"])
async def test_job_that_is_deleted_ends_the_stream_cleanly(world: World, when: str) -> None:
    if when == "before it begins":
        world.store.status = None
    reading = world.open()
    if when == "meanwhile":
        await reading.has("hello", "status")
        world.store.status = None
        world.signal(Signal.GAP)
    await reading.ends()
    assert "goodbye" not in reading.names
    assert world.hub.readers == 0


async def test_reader_that_hangs_up_frees_its_inbox_at_once(world: World) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    assert world.hub.readers_of("ada") == 1
    reading.task.cancel()
    await asyncio.gather(reading.task, return_exceptions=True)
    assert (world.hub.readers, world.hub.watched) == (0, 0)

    frames = world.frames()
    await anext(frames)
    assert world.hub.readers == 1
    await frames.aclose()
    assert (world.hub.readers, world.hub.watched) == (0, 0)


async def test_reader_that_stopped_taking_frames_is_cut_off(world: World) -> None:
    running = asyncio.create_task(world.hub.run())
    stalled, patient = asyncio.create_task(world.stall()), world.open()
    await asyncio.wait([stalled], timeout=10)
    assert stalled.cancelled()
    assert world.hub.readers == 1
    assert not patient.task.done()
    for task in (patient.task, running):
        task.cancel()
