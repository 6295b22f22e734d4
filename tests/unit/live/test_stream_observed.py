"""What an observer learns of a stream: opened, first event, counts, and the reason of its end, in order."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from playhead.live.inbox import Signal
from playhead.live.policy import GoodbyeReason, Reason
from tests.support.clock import Clock
from tests.support.observer import FailingObserver, RecordingObserver
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job
from tests.unit.live.world import ADA, PER_PROCESS, World


@pytest.fixture
def observer() -> RecordingObserver:
    return RecordingObserver()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def world(observer: RecordingObserver, clock: Clock) -> World:
    return World(observer=observer, per_user=1, clock=clock)


def finish(world: World) -> None:
    world.publish(a_job("completed", 1_000_002))


def expire(world: World) -> None:
    assert isinstance(world.hub.clock, Clock)
    world.hub.clock.now = 3600.0
    world.signal(Signal.HEARTBEAT)


def answer(flag: Reason) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.gate.answer = flag
        world.signal(Signal.CHECK)

    return change


def buffer(world: World) -> None:
    world.path_health.answer = True
    world.signal(Signal.CHECK)


def sign_out(world: World) -> None:
    world.store.logins.clear()
    world.hub.check_login(ADA.id)


ENDS: dict[GoodbyeReason, Callable[[World], None]] = {
    GoodbyeReason.FINAL: finish,
    GoodbyeReason.MAX_AGE: expire,
    GoodbyeReason.DRAINING: lambda world: world.hub.drain(),
    GoodbyeReason.FLAG_OFF: answer(Reason.FLAG_OFF),
    GoodbyeReason.KILL_SWITCH: answer(Reason.KILL_SWITCH),
    GoodbyeReason.FLAGS_UNAVAILABLE: answer(Reason.FLAGS_UNAVAILABLE),
    GoodbyeReason.BUFFERED: buffer,
    GoodbyeReason.REPLACED: lambda world: world.signal(Signal.REPLACED),
    GoodbyeReason.SIGNED_OUT: sign_out,
}


@pytest.mark.parametrize("reason", ENDS)
@pytest.mark.parametrize("has_connection", [True, False])
async def test_stream_is_reported_from_its_opening_to_its_goodbye(
    world: World, observer: RecordingObserver, reason: GoodbyeReason, has_connection: bool
) -> None:
    reading = world.open(has_connection=has_connection)
    await reading.has("hello", "status")
    assert observer.calls == [("opened", "s"), ("first_event", "s")]
    ENDS[reason](world)
    await reading.ends()
    assert reading.goodbye["reason"] == reason
    assert observer.calls == [
        ("opened", "s"),
        ("first_event", "s"),
        ("written", len(reading.events)),
        ("ended", reason),
    ]


async def test_stream_without_a_place_is_reported_with_its_goodbye(world: World, observer: RecordingObserver) -> None:
    others = [world.hub.subscribe("other", f"u{number}") for number in range(PER_PROCESS)]
    for other in others:
        other.__enter__()
    reading = world.open()
    await reading.ends()
    assert observer.calls == [("opened", "s"), ("written", 1), ("ended", "at_capacity")]
    for other in others:
        other.__exit__(None, None, None)


def test_every_goodbye_is_tested() -> None:
    assert set(ENDS) | {GoodbyeReason.AT_CAPACITY} == set(GoodbyeReason)


async def test_seconds_since_the_opening_are_reported(world: World, observer: RecordingObserver, clock: Clock) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    clock.now = 4.5
    finish(world)
    await reading.ends()
    assert observer.seconds == [0.0, 4.5]


@pytest.mark.parametrize("has_connection", [True, False])
async def test_written_events_are_reported_at_each_heartbeat(
    world: World, observer: RecordingObserver, has_connection: bool
) -> None:
    reading = world.open(has_connection=has_connection)
    await reading.has("hello", "status")
    world.publish(a_job(version=1_000_002))
    await reading.has("hello", "status", "status")
    world.signal(Signal.HEARTBEAT)
    await reading.has("hello", "status", "status", "heartbeat")
    assert observer.calls[2:] == [("written", 3)]
    reading.task.cancel()
    await async_until(reading.task.done)
    assert observer.calls[3:] == [("written", 1), ("ended", "left")]


async def test_conflated_statuses_are_reported(world: World, observer: RecordingObserver) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    for version in (1_000_002, 1_000_003, 1_000_004):  # in one turn of the loop: only the last is written
        world.publish(a_job(version=version))
    world.publish(a_job("completed", 1_000_005))
    await reading.ends()
    assert reading.versions == [1_000_001, 1_000_004, 1_000_005]
    assert observer.calls[2:] == [("written", 5), ("conflated", 2), ("ended", "final")]


async def test_reader_that_is_cut_off_is_reported(world: World, observer: RecordingObserver, clock: Clock) -> None:
    running = asyncio.create_task(world.hub.run())
    stalled = asyncio.create_task(world.stall())
    await async_until(lambda: world.hub.readers)
    clock.now = 31.0
    await async_until(stalled.done)
    assert observer.calls == [("opened", "s"), ("cut", "s"), ("ended", "left")]
    assert observer.seconds == [31.0, 31.0]
    running.cancel()


async def test_stream_of_a_deleted_job_is_reported_as_failed(world: World, observer: RecordingObserver) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    world.store.status = None
    world.signal(Signal.GAP)
    await reading.ends()
    assert observer.calls[-1] == ("ended", "failed")


async def test_replaced_stream_is_reported_before_the_newest_ends(world: World, observer: RecordingObserver) -> None:
    oldest = world.open()
    await oldest.has("hello", "status")
    newest = world.open_all()
    await oldest.ends()
    assert [call for call in observer.calls if call[0] in ("opened", "ended")] == [
        ("opened", "s"),
        ("opened", f"of:{ADA.id}"),
        ("ended", "replaced"),
    ]
    newest.task.cancel()


async def test_errors_of_an_observer_do_not_reach_a_reader(caplog: pytest.LogCaptureFixture) -> None:
    observer = FailingObserver()
    world = World(observer=observer)
    readings = [world.open(person=replace(ADA, id=f"u{number}")) for number in range(2)]
    for reading in readings:
        await reading.has("hello", "status")
    finish(world)
    for reading in readings:
        await reading.ends()
        assert reading.names == ["hello", "status", "status", "goodbye"]
    assert [name for name, _ in observer.calls].count("ended") == 2
    assert [record.levelname for record in caplog.records] == ["ERROR"]
