"""A slot a stage, and flags: what a reader has not taken yet."""

import asyncio
import contextlib

import pytest

from playhead.live.inbox import STATUSES_KEPT, Inbox, Signal
from playhead.live.job import Job
from tests.unit.live.documents import a_job


@pytest.fixture
async def inbox() -> Inbox:
    return Inbox("s", "ada", 15.0, 0.0)


async def take_all(inbox: Inbox) -> list[Job | Signal]:
    """All that can be taken without waiting."""
    taken: list[Job | Signal] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0):
            while True:
                taken.append(await inbox.take())
    return taken


async def test_slow_reader_gets_the_newest_only(inbox: Inbox) -> None:
    statuses = [a_job(version=version) for version in (1, 2, 7, 3, 7)]
    for status in statuses:
        inbox.put(status)
    assert await take_all(inbox) == [statuses[2]]


async def test_slow_reader_gets_the_newest_of_each_stage(inbox: Inbox) -> None:
    life = ["reading", "preparing", *["importing"] * 100, "finishing", "completed"]
    for version, stage in enumerate(life, start=1):
        inbox.put(a_job(stage, version))
    taken = await take_all(inbox)
    assert [item.version for item in taken if isinstance(item, Job)] == [1, 2, 102, 103, 104]


async def test_job_with_a_stage_for_each_row_does_not_fill_the_inbox(inbox: Inbox) -> None:
    inbox.put(a_job("importing", 1, id="other"))
    for version in range(1, 1001):
        inbox.put(a_job(f"row {version}", version))
    taken = [item for item in await take_all(inbox) if isinstance(item, Job)]
    assert taken[0].id == "other", "only older ones of the same job go"
    assert [item.version for item in taken[1:]] == list(range(1001 - len(taken[1:]), 1001))
    assert len(taken) == STATUSES_KEPT
    assert inbox.conflated == 1001 - STATUSES_KEPT


async def test_jobs_take_turns_and_each_keeps_its_order(inbox: Inbox) -> None:
    for of in "ab":
        for version, stage in enumerate(("reading", "importing", "importing", "finishing")):
            inbox.put(a_job(stage, version, id=of))
    taken = [(item.id, item.version) for item in await take_all(inbox) if isinstance(item, Job)]
    assert taken == [("a", 0), ("b", 0), ("a", 2), ("b", 2), ("a", 3), ("b", 3)]


async def test_the_most_pressing_is_taken_first(inbox: Inbox) -> None:
    status = a_job()
    for signal in (Signal.HEARTBEAT, Signal.CHECK, Signal.GAP, Signal.DRAIN, Signal.HEARTBEAT):
        inbox.signal(signal)
    inbox.put(status)
    assert await take_all(inbox) == [Signal.DRAIN, Signal.GAP, Signal.CHECK, status, Signal.HEARTBEAT]


async def test_reader_that_waits_is_woken(inbox: Inbox) -> None:
    for item in (a_job(version=1), Signal.HEARTBEAT, a_job(version=2), Signal.DRAIN):
        waiting = asyncio.create_task(inbox.take())
        await asyncio.sleep(0)
        assert not waiting.done()
        if isinstance(item, Signal):
            inbox.signal(item)
        else:
            inbox.put(item)
        assert await waiting is item


async def test_canceled_wait_loses_nothing(inbox: Inbox) -> None:
    waiting = asyncio.create_task(inbox.take())
    await asyncio.sleep(0)
    status = a_job()
    inbox.put(status)
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    assert await take_all(inbox) == [status]
