"""The words of a transcript on a stream: each segment once, in order, before the status that counts it."""

import pytest

from playhead.live.inbox import Signal
from playhead.sessions.status import Stage
from tests.support.fakes import a_status
from tests.support.waiting import async_until
from tests.unit.delivery.world import World


@pytest.fixture
async def world() -> World:
    return World()


async def test_segments_come_once_in_order_before_their_status(world: World) -> None:
    world.commit(a_status(version=1_000_001), words=9)
    reading = world.open(segments_from=2)
    await async_until(lambda: reading.versions == [1_000_001])
    assert reading.words == list(range(2, 9))
    world.commit(a_status(version=1_000_002), words=1)
    world.publish()
    world.signal(Signal.GAP)
    await async_until(lambda: reading.versions[-1] == 1_000_002)
    world.commit(a_status(version=1_000_003), words=2)
    world.commit(a_status(Stage.COMPLETED, 1_000_004), words=0)
    world.publish()
    await reading.ends()
    assert reading.words == list(range(2, 12))
    assert reading.names[-3:] == ["segments", "status", "goodbye"]


async def test_reader_that_wants_no_segments_gets_none(world: World) -> None:
    world.commit(a_status(Stage.COMPLETED, 1_000_001), words=9)
    reading = world.open()
    await reading.ends()
    assert reading.names == ["hello", "status", "goodbye"]


async def test_segments_that_cannot_be_read_come_with_a_later_status(world: World) -> None:
    reading = world.open(segments_from=0)
    await reading.has("hello", "status")
    world.commit(a_status(version=1_000_002), words=2)
    world.store.gone = True
    world.publish()
    await reading.has("hello", "status", "status")
    world.store.gone = False
    world.commit(a_status(Stage.COMPLETED, 1_000_003), words=1)
    world.publish()
    await reading.ends()
    assert reading.words == [0, 1, 2]
    assert reading.names[-3:] == ["segments", "status", "goodbye"]


async def test_stream_ends_without_a_final_status_whose_segments_are_missing(world: World) -> None:
    reading = world.open(segments_from=0)
    await reading.has("hello", "status")
    world.commit(a_status(Stage.COMPLETED, 1_000_002), words=2)
    world.store.gone = True
    world.publish()
    await reading.ends()
    assert reading.names == ["hello", "status"]
    world.store.gone = False
    again = world.open(segments_from=0, after=1_000_000)
    await again.ends()
    assert again.names == ["hello", "segments", "status", "goodbye"]


async def test_words_that_are_allowed_no_more_stop_and_the_status_goes_on(world: World) -> None:
    world.commit(a_status(version=1_000_002), words=2)
    reading = world.open(segments_from=0)
    await async_until(lambda: reading.words == [0, 1] and reading.versions)
    world.gate.live_transcript = False
    world.signal(Signal.CHECK)
    world.commit(a_status(version=1_000_003), words=2)
    world.publish()
    await async_until(lambda: reading.versions[-1] == 1_000_003)
    assert reading.words == [0, 1]
