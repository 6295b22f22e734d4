"""The polling side: its tag, its pace, and the wait for the next change."""

import asyncio
import itertools
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from playhead.live.broker.ports import Gap
from playhead.live.errors import Problem
from playhead.live.inbox import Signal
from playhead.live.job import FINAL, Job
from playhead.live.policy import Mode, Reason, Transport, Via
from playhead.live.poll import POLL_DELAY_QUEUED_MAX_MS, WAIT_MAX_S, Waits, etag, next_status, poll_delay_ms, wait_s
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job, published
from tests.unit.live.world import ADA, World


@pytest.fixture
async def world() -> World:
    return World()


def test_tag_changes_exactly_when_the_document_or_the_transport_does() -> None:
    transports = [Transport(*given) for given in itertools.product(Mode, Reason, (None, *Via))]
    statuses = [a_job(version=version) for version in (1, 11, 1_000_001)]
    tags = [etag(status, transport) for status in statuses for transport in transports]
    assert len(set(tags)) == len(tags)
    assert etag(a_job(version=11), transports[0]) == etag(a_job(version=11), transports[0])
    assert all(tag[0] == tag[-1] == '"' and '"' not in tag[1:-1] for tag in tags)


@pytest.mark.parametrize(
    ("stage", "numbers", "pace"),
    [
        ("reading", {}, 3000),
        ("importing", {"eta_s": 120.0}, 3000),
        ("importing", {"eta_s": 5.9}, 1000),
        ("finishing", {"eta_s": 0.0}, 1000),
        ("queued", {"queue_position": 1}, 3000),
        ("queued", {"queue_position": 3}, 9000),
        ("queued", {"queue_position": 900}, POLL_DELAY_QUEUED_MAX_MS),
    ],
)
def test_pace_fits_what_is_to_be_expected(stage: str, numbers: dict[str, Any], pace: int) -> None:
    paces = [poll_delay_ms(a_job(stage, **numbers)) or 0 for _ in range(300)]
    assert 0.9 * pace <= min(paces) < max(paces) <= 1.1 * pace


@pytest.mark.parametrize("state", FINAL)
def test_there_is_nothing_to_ask_for_after_the_end(state: str) -> None:
    assert poll_delay_ms(a_job(state)) is None


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("wait=20", 20),
        ("WAIT = 7", 7),
        ('wait="10"', 10),
        ("respond-async, wait=10", 10),
        ("wait=10; foo=bar, respond-async", 10),
        ("wait=5, wait=20", 5),
        ("wait=0", 0),
        ("wait=25", WAIT_MAX_S),
        ("wait=26", WAIT_MAX_S),
        ("wait=" + "9" * 500, WAIT_MAX_S),
        ("wait", 0),
        ("wait=", 0),
        ("wait=-5", 0),
        ("wait=1.5", 0),
        ("wait=1e3", 0),
        ("wait=²", 0),
        ("wait=٣", 0),
        ("await=5", 0),
        ("x=wait=5", 0),
        ("handling=lenient", 0),
    ],
)
def test_preference_to_wait(prefer: str | None, seconds: float) -> None:
    assert wait_s(prefer) == seconds


async def wait(world: World, known: Job, timeout_s: float = 30.0) -> Job:
    def still_right() -> bool:
        return world.gate.may_wait(ADA)

    world.gate.long_poll = True
    return await next_status(world.hub, world.store.read, known, "ada", timeout_s, still_right)


async def test_change_that_came_before_the_wait_is_read_once_it_listens(world: World) -> None:
    waiting = asyncio.create_task(wait(world, a_job(version=1_000_000)))
    await listening(world)
    assert world.store.reads == 0
    world.hub.deliver(Gap("s"))
    assert await waiting is world.store.status
    assert (world.hub.readers, world.hub.watched, world.store.reads) == (0, 0, 1)


async def test_change_is_read_at_once_where_the_process_listens_already(world: World) -> None:
    with world.hub.subscribe("s", "eve"):
        world.hub.deliver(Gap("s"))
        assert await wait(world, a_job(version=1_000_000)) is world.store.status


async def listening(world: World) -> None:
    """Returns once the wait has an inbox, and has looked into it."""
    await async_until(lambda: world.hub.watched)
    await asyncio.sleep(0)


async def test_wait_is_answered_at_the_next_change(world: World) -> None:
    known = world.store.status
    assert known is not None
    waiting = asyncio.create_task(wait(world, known))
    await async_until(lambda: world.hub.watched)
    world.hub.deliver(published(known))
    world.signal(Signal.HEARTBEAT)
    world.signal(Signal.CHECK)
    await asyncio.sleep(0)
    assert not waiting.done()
    world.publish(a_job(version=1_000_002))
    assert await waiting is world.store.status
    assert (world.hub.readers, world.hub.watched) == (0, 0)


async def test_wait_ends_with_what_is_known_when_the_time_is_up(world: World) -> None:
    known = world.store.status
    assert known is not None
    async with asyncio.timeout(10):
        assert await wait(world, known, 0.05) is known
    assert (world.hub.readers, world.hub.watched) == (0, 0)


def _withdraw(world: World) -> None:
    world.gate.long_poll = False
    world.signal(Signal.CHECK)


ENDS: dict[str, Callable[[World], None]] = {
    "the process goes away": lambda world: world.hub.drain(),
    "it is not allowed any more": _withdraw,
    "a login of the person ends": lambda world: world.hub.check_login("ada"),
}


@pytest.mark.parametrize("why", ENDS)
async def test_wait_ends_early(world: World, why: str) -> None:
    known = world.store.status
    assert known is not None
    waiting = asyncio.create_task(wait(world, known))
    await async_until(lambda: world.hub.watched)
    ENDS[why](world)
    async with asyncio.timeout(10):  # long before its time is up
        assert await waiting is known


async def test_wait_takes_no_stream_s_place(world: World) -> None:
    known = world.store.status
    assert known is not None
    waiting = asyncio.create_task(wait(world, known))
    await async_until(lambda: world.hub.watched)
    assert (world.hub.readers, world.hub.readers_of("ada")) == (0, 0)
    world.hub.drain()
    await waiting


def test_waits_are_bounded_for_a_person_and_for_the_process() -> None:
    waits = Waits(per_process=3, per_user=2)

    def places(*people: str) -> list[bool]:
        with ExitStack() as stack:
            return [stack.enter_context(waits.slot(person)) for person in people]

    assert places("ada", "ada", "ada", "eve", "bob") == [True, True, False, True, False]
    assert places("bob") == [True]


async def test_wait_for_a_job_that_is_deleted_is_a_404(world: World) -> None:
    known = world.store.status
    assert known is not None
    waiting = asyncio.create_task(wait(world, known))
    await async_until(lambda: world.hub.watched)
    world.store.status = None
    world.hub.deliver(Gap("s"))
    with pytest.raises(Problem, match="no such job"):
        await waiting
    assert (world.hub.readers, world.hub.watched) == (0, 0)


async def test_wait_survives_a_store_that_is_gone(world: World) -> None:
    known = world.store.status
    assert known is not None
    world.store.gone = True
    waiting = asyncio.create_task(wait(world, known))
    await async_until(lambda: world.hub.watched)
    world.hub.deliver(Gap("s"))
    await async_until(lambda: world.store.reads)
    newer = a_job(version=1_000_002)
    world.hub.deliver(published(newer))
    assert await waiting is newer
