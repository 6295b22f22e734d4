"""What an observer learns of a stream: opened, first event, the reason of its end in order, and what was written."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from playhead.live.broker.ports import Gap
from playhead.live.clock import now
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


@pytest.fixture
async def running(world: World) -> AsyncIterator[None]:
    """The hub runs: it reports what was written."""
    task = asyncio.create_task(world.hub.run())
    yield
    task.cancel()


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
    assert observer.calls == [("opened", "s", ADA.id), ("first_event", "s", ADA.id)]
    ENDS[reason](world)
    await reading.ends()
    assert reading.goodbye["reason"] == reason
    assert observer.calls[2:] == [("ended", "s", ADA.id, reason, reading.versions[-1])]


async def test_stream_without_a_place_is_reported_with_its_goodbye(world: World, observer: RecordingObserver) -> None:
    others = [world.hub.subscribe("other", f"u{number}") for number in range(PER_PROCESS)]
    for other in others:
        other.__enter__()
    reading = world.open()
    await reading.ends()
    assert observer.calls == [("opened", "s", ADA.id), ("ended", "s", ADA.id, "at_capacity", -1)]
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


@pytest.mark.parametrize("after", [-1, 1_000_000])
async def test_version_is_that_of_a_status_that_was_sent(world: World, observer: RecordingObserver, after: int) -> None:
    world.store.gone = True
    reading = world.open(after=after)
    await reading.has("hello")
    reading.task.cancel()
    await async_until(reading.task.done)
    assert observer.calls[-1] == ("ended", "s", ADA.id, "left", -1)


async def test_stream_of_all_jobs_is_reported_with_its_person(world: World, observer: RecordingObserver) -> None:
    world.store.all["s"] = a_job()
    reading = world.open_all()
    await reading.has("hello", "status")
    reading.task.cancel()
    await async_until(reading.task.done)
    topic = f"of:{ADA.id}"
    assert observer.calls == [
        ("opened", topic, ADA.id),
        ("first_event", topic, ADA.id),
        ("ended", topic, ADA.id, "left", -1),
    ]


@pytest.mark.parametrize("has_connection", [True, False])
@pytest.mark.usefixtures("running")
async def test_all_events_and_their_bytes_are_reported_once(
    world: World, observer: RecordingObserver, has_connection: bool
) -> None:
    reading = world.open(has_connection=has_connection)
    await reading.has("hello", "status")
    for version in range(1_000_002, 1_000_007):  # of a connection without room for each third
        world.publish(a_job(version=version))
        await reading.has_version(version)
    world.signal(Signal.HEARTBEAT)
    await reading.has("hello", *["status"] * 6, "heartbeat")
    await async_until(lambda: observer.total.events >= 8)
    world.publish(a_job("completed", 1_000_007))
    await reading.ends()
    await async_until(lambda: observer.total.events >= 10)
    assert (observer.total.events, observer.total.size) == (len(reading.events), reading.size)


async def test_what_was_written_last_is_reported_when_the_hub_ends(observer: RecordingObserver) -> None:
    world = World(observer=observer, tick_s=3600.0)
    task = asyncio.create_task(world.hub.run())
    reading = world.open()
    await reading.has("hello", "status")
    assert observer.total.events == 0
    task.cancel()
    await async_until(task.done)
    assert observer.total.events == 2
    reading.task.cancel()


@pytest.mark.parametrize("has_connection", [True, False])
@pytest.mark.usefixtures("running")
async def test_lag_counts_of_what_changed_while_the_stream_was_open(
    world: World, observer: RecordingObserver, clock: Clock, has_connection: bool
) -> None:
    world.store.status = a_job(updated_at=now() - timedelta(seconds=50))  # it changed before
    reading = world.open(has_connection=has_connection)
    await reading.has("hello", "status")
    clock.now = 100.0
    ages = (0.03, 0.3, 30.0)
    for version, age_s in enumerate(ages, start=1_000_002):
        world.publish(a_job(version=version, updated_at=now() - timedelta(seconds=age_s)))
        await reading.has_version(version)
    await async_until(lambda: sum(observer.total.lags) >= 3)
    assert sum(observer.total.lags) == 3
    assert observer.total.lags[-1] == 1
    assert sum(observer.total.lags[:4]) == 0  # up to 10 ms
    assert observer.total.lag_s == pytest.approx(sum(ages), abs=5.0)
    reading.task.cancel()


@pytest.mark.usefixtures("running")
async def test_lag_of_a_clock_that_is_ahead_counts_as_none(
    world: World, observer: RecordingObserver, clock: Clock
) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    clock.now = 100.0
    world.publish(a_job(version=1_000_002, updated_at=now() + timedelta(hours=1)))
    await reading.has_version(1_000_002)
    await async_until(lambda: sum(observer.total.lags))
    assert observer.total.lags[0] == sum(observer.total.lags) == 1
    assert observer.total.lag_s == 0.0
    reading.task.cancel()


async def test_what_is_written_at_once_counts_for_each_reader(observer: RecordingObserver) -> None:
    world = World(observer=observer, per_user=9)
    running = asyncio.create_task(world.hub.run())
    readings = [world.open(has_connection=True) for _ in range(4)]
    for reading in readings:
        await reading.has("hello", "status")
    for version in range(1_000_002, 1_000_008):
        world.publish(a_job(version=version))
        for reading in readings:
            await reading.has_version(version)
    await async_until(lambda: observer.total.events == 4 * 8)
    assert observer.total.size == sum(reading.size for reading in readings)
    for task in (running, *(reading.task for reading in readings)):
        task.cancel()


@pytest.mark.usefixtures("running")
async def test_conflated_statuses_are_reported(world: World, observer: RecordingObserver) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    for version in (1_000_002, 1_000_003, 1_000_004):  # in one turn of the loop: only the last is written
        world.publish(a_job(version=version))
    world.publish(a_job("completed", 1_000_005))
    await reading.ends()
    assert reading.versions == [1_000_001, 1_000_004, 1_000_005]
    await async_until(lambda: observer.total.events == 5)
    assert observer.total.conflated == 2


async def test_gap_is_reported_but_not_the_first_of_a_topic(world: World, observer: RecordingObserver) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    observer.calls.clear()
    for topic in ("s", "s", "nobody reads this", None):
        world.hub.deliver(Gap(topic))
    assert observer.calls == [("gap", "s"), ("gap", None)]
    reading.task.cancel()


async def test_topic_that_is_followed_again_has_a_first_gap_again(world: World, observer: RecordingObserver) -> None:
    for _ in range(2):
        with world.hub.subscribe("s", ADA.id):
            world.hub.deliver(Gap("s"))
    with world.hub.subscribe("s", ADA.id):
        pass
    world.hub.deliver(Gap("s"))
    assert observer.calls == []


async def test_reader_that_is_cut_off_is_reported(world: World, observer: RecordingObserver, clock: Clock) -> None:
    running = asyncio.create_task(world.hub.run())
    stalled = asyncio.create_task(world.stall())
    await async_until(lambda: world.hub.readers)
    clock.now = 31.0
    await async_until(stalled.done)
    assert observer.calls == [("opened", "s", ADA.id), ("cut", "s"), ("ended", "s", ADA.id, "left", -1)]
    assert observer.seconds == [31.0, 31.0]
    running.cancel()


async def test_stream_of_a_deleted_job_is_reported_as_failed(world: World, observer: RecordingObserver) -> None:
    reading = world.open()
    await reading.has("hello", "status")
    world.store.status = None
    world.signal(Signal.GAP)
    await reading.ends()
    assert observer.calls[-1] == ("ended", "s", ADA.id, "failed", 1_000_001)


async def test_replaced_stream_is_reported_before_the_newest_ends(world: World, observer: RecordingObserver) -> None:
    oldest = world.open()
    await oldest.has("hello", "status")
    newest = world.open_all()
    await oldest.ends()
    assert [call for call in observer.calls if call[0] in ("opened", "ended")] == [
        ("opened", "s", ADA.id),
        ("opened", f"of:{ADA.id}", ADA.id),
        ("ended", "s", ADA.id, "replaced", 1_000_001),
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
    assert [name for name, *_ in observer.calls].count("ended") == 2
    assert [record.levelname for record in caplog.records] == ["ERROR"]
