"""A slot a stage, and flags: what a reader has not taken yet."""

import asyncio
import contextlib

import pytest

from playhead.hub.mailbox import Mailbox, Signal
from playhead.sessions.status import Stage, Status
from tests.support.fakes import a_status


@pytest.fixture
async def mailbox() -> Mailbox:
    return Mailbox("s", "ada", 15.0, 0.0)


async def take_all(mailbox: Mailbox) -> list[Status | Signal]:
    """All that can be taken without waiting."""
    taken: list[Status | Signal] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0):
            while True:
                taken.append(await mailbox.take())
    return taken


async def test_slow_reader_gets_the_newest_only(mailbox: Mailbox) -> None:
    statuses = [a_status(version=version) for version in (1, 2, 7, 3, 7)]
    for status in statuses:
        mailbox.put(status)
    assert await take_all(mailbox) == [statuses[2]]


async def test_slow_reader_gets_the_newest_of_each_stage(mailbox: Mailbox) -> None:
    life = [Stage.DECODING, Stage.LOADING_MODEL, *[Stage.TRANSCRIBING] * 100, Stage.FINALIZING, Stage.COMPLETED]
    for version, stage in enumerate(life, start=1):
        mailbox.put(a_status(stage, version))
    taken = await take_all(mailbox)
    assert [item.version for item in taken if isinstance(item, Status)] == [1, 2, 102, 103, 104]


async def test_the_most_pressing_is_taken_first(mailbox: Mailbox) -> None:
    status = a_status()
    for signal in (Signal.BEAT, Signal.CHECK, Signal.GAP, Signal.DRAIN, Signal.BEAT):
        mailbox.signal(signal)
    mailbox.put(status)
    assert await take_all(mailbox) == [Signal.DRAIN, Signal.GAP, Signal.CHECK, status, Signal.BEAT]


async def test_reader_that_waits_is_woken(mailbox: Mailbox) -> None:
    for item in (a_status(version=1), Signal.BEAT, a_status(version=2), Signal.DRAIN):
        waiting = asyncio.create_task(mailbox.take())
        await asyncio.sleep(0)
        assert not waiting.done()
        if isinstance(item, Signal):
            mailbox.signal(item)
        else:
            mailbox.put(item)
        assert await waiting is item


async def test_canceled_wait_loses_nothing(mailbox: Mailbox) -> None:
    waiting = asyncio.create_task(mailbox.take())
    await asyncio.sleep(0)
    status = a_status()
    mailbox.put(status)
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    assert await take_all(mailbox) == [status]
