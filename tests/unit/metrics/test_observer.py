"""What the kernel observes, as metrics: their sums agree with what readers saw."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from playhead.live.broker.ports import Gap
from playhead.live.errors import Problem
from playhead.live.inbox import Signal
from playhead.live.observer import Observers, Written
from playhead.live.policy import Mode, Reason, Transport
from playhead.metrics import catalog
from playhead.metrics.metric import Metric
from playhead.metrics.metrics import Metrics
from playhead.metrics.observer import MetricsObserver
from tests.support.clock import Clock
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job
from tests.unit.live.world import ADA, World


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def world(metrics: Metrics) -> AsyncIterator[World]:
    world = World(observer=MetricsObserver(metrics), per_process=100, clock=Clock())
    task = asyncio.create_task(world.hub.run())
    yield world
    task.cancel()


def series(metrics: Metrics, metric: Metric) -> dict[str, object]:
    """The values of a metric that are not 0, by the labels' values."""
    return {key: value for key, value in metrics.read().get(metric.name, {}).items() if value}


def number(metrics: Metrics, metric: Metric, key: str = "") -> float:
    value = metrics.read().get(metric.name, {}).get(key, 0.0)
    assert isinstance(value, float)
    return value


def counts(metrics: Metrics, metric: Metric) -> list[float]:
    value = metrics.read()[metric.name][""]
    assert isinstance(value, list)
    return value


async def test_every_stream_that_was_opened_has_ended_once(world: World, metrics: Metrics) -> None:
    readings = [world.open(person=replace(ADA, id=f"u{number}"), has_connection=number % 2 == 0) for number in range(9)]
    for reading in readings:
        await reading.has("hello", "status")
    assert number(metrics, catalog.STREAMS_OPENED) == number(metrics, catalog.STREAMS_ESTABLISHED) == 9
    assert series(metrics, catalog.STREAMS_ENDED) == {}
    for reading in readings[:4]:
        reading.task.cancel()
    await async_until(lambda: world.hub.readers == 5)
    world.publish(a_job("completed", 1_000_002))
    for reading in readings[4:]:
        await reading.ends()
    assert series(metrics, catalog.STREAMS_ENDED) == {"left": 4.0, "final": 5.0}
    assert sum(counts(metrics, catalog.STREAM_ESTABLISH)[:-1]) == 9


async def test_events_and_bytes_are_those_that_readers_got(world: World, metrics: Metrics) -> None:
    readings = [world.open(person=replace(ADA, id=f"u{number}"), has_connection=number % 2 == 0) for number in range(4)]
    for version in range(1_000_001, 1_000_008):
        world.publish(a_job(version=version))
        for reading in readings:
            await reading.has_version(version)
    world.publish(a_job("completed", 1_000_008))
    for reading in readings:
        await reading.ends()
    events = sum(len(reading.events) for reading in readings)
    await async_until(lambda: number(metrics, catalog.STREAM_EVENTS) == events)
    assert number(metrics, catalog.STREAM_BYTES) == sum(reading.size for reading in readings)


async def test_each_change_is_written_or_conflated(world: World, metrics: Metrics) -> None:
    assert isinstance(world.hub.clock, Clock)
    reading = world.open()
    await reading.has("hello", "status")
    world.hub.clock.now = 100.0
    for version in range(1_000_002, 1_000_032):
        world.publish(a_job(version=version))
        if version % 3 == 0:
            await reading.has_version(version)
    world.publish(a_job("completed", 1_000_032))
    await reading.ends()
    await async_until(lambda: number(metrics, catalog.STREAM_EVENTS) >= len(reading.events))
    conflated = number(metrics, catalog.STATUSES_CONFLATED)
    assert conflated > 0
    assert sum(counts(metrics, catalog.WRITE_LAG)[:-1]) == len(reading.versions) - 1  # without the first
    assert conflated + len(reading.versions) - 1 == 31


async def test_gaps_are_counted_by_their_scope(metrics: Metrics) -> None:
    world = World(observer=MetricsObserver(metrics))
    with world.hub.subscribe("s", ADA.id):
        for topic in ("s", "s", "s", None):  # the first one is that of the subscription
            world.hub.deliver(Gap(topic))
    assert series(metrics, catalog.GAPS) == {"topic": 2.0, "all": 1.0}


async def test_answers_are_counted_by_mode_and_reason(world: World, metrics: Metrics) -> None:
    first = await world.poll()
    await world.poll(if_none_match=first.headers["ETag"])
    world.gate.answer = Reason.KILL_SWITCH
    await world.poll()
    assert series(metrics, catalog.TRANSPORTS) == {"stream,flag_on": 2.0, "poll,kill_switch": 1.0}
    assert series(metrics, catalog.STATUS_REQUESTS) == {"poll,changed": 2.0, "poll,unchanged": 1.0}
    assert number(metrics, catalog.STATUS_BYTES) == 2 * len(first.body)


async def test_waits_are_counted_apart_from_polls(world: World, metrics: Metrics) -> None:
    world.gate.long_poll = True
    tag = (await world.poll()).headers["ETag"]
    held = asyncio.create_task(world.poll(if_none_match=tag, prefer="wait=20"))
    await async_until(lambda: world.endpoints.waits.open)
    world.publish(a_job(version=1_000_002))
    tag = (await held).headers["ETag"]
    held = asyncio.create_task(world.poll(if_none_match=tag, prefer="wait=20"))
    await async_until(lambda: world.endpoints.waits.open)
    world.store.logins.clear()
    world.signal(Signal.LOGIN)
    with pytest.raises(Problem):
        await held
    assert series(metrics, catalog.STATUS_REQUESTS) == {
        "poll,changed": 1.0,
        "wait,changed": 1.0,
        "wait,refused": 1.0,
    }


def test_publishing_and_readers_that_were_cut_are_counted(metrics: Metrics) -> None:
    observer = Observers(MetricsObserver(metrics))
    observer.published(3)
    observer.retried(2)
    observer.dropped(1)
    observer.cut("s", 31.0)
    assert [
        number(metrics, metric)
        for metric in (catalog.PUBLISHED, catalog.PUBLISH_RETRIES, catalog.PUBLISH_DROPS, catalog.READERS_CUT)
    ] == [3, 2, 1, 1]


def test_every_answer_of_the_policy_has_a_series_of_its_own(metrics: Metrics) -> None:
    observer = MetricsObserver(metrics)
    for mode in Mode:
        for reason in Reason:
            observer.chosen(Transport(mode, reason))
    assert series(metrics, catalog.TRANSPORTS) == {f"{mode},{reason}": 1.0 for mode in Mode for reason in Reason}


def test_lags_are_in_the_buckets_of_the_catalog(metrics: Metrics) -> None:
    assert len(Written().lags) == len(catalog.WRITE_LAG.edges) + 1
    written = Written()
    written.lags[7] += 5
    written.lag_s = 0.45
    MetricsObserver(metrics).written(written)
    assert counts(metrics, catalog.WRITE_LAG)[7] == 5.0
    assert counts(metrics, catalog.WRITE_LAG)[-1] == pytest.approx(0.45)
