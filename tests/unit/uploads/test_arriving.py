"""A body that is read as it comes, and what ends it before its end."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from playhead.errors import Problem
from playhead.uploads.arriving import Arriving, Cut, held
from playhead.uploads.body_guard import Meter
from playhead.uploads.limits import Limits
from playhead.uploads.slots import UploadSlot
from tests.support.waiting import async_until

GONE = Problem(409, "upload_superseded", "Elsewhere.")


def slot_of(**limits: float) -> UploadSlot:
    return UploadSlot("ada", "an address", Limits(max_bytes=10**9, **limits))  # type: ignore[arg-type]  # seconds


async def never_more(*pieces: bytes) -> AsyncIterator[bytes]:
    """A body whose sender is silent after these pieces."""
    for piece in pieces:
        yield piece
    await asyncio.Event().wait()


@pytest.mark.parametrize("is_before", [True, False])
async def test_cut_ends_the_block_with_its_refusal(*, is_before: bool) -> None:
    cut = Cut()
    if is_before:
        cut.cut(GONE)
    else:
        asyncio.get_running_loop().call_soon(cut.cut, GONE)
    with pytest.raises(Problem) as refused:
        async with held(slot_of(), cut):
            await asyncio.Event().wait()
    assert refused.value is GONE
    cut.cut(Problem(503, "draining", "Later."))
    assert cut.refusal is GONE


async def test_what_came_before_its_sender_left_is_read() -> None:
    queue: asyncio.Queue[bytes] = asyncio.Queue()

    async def body() -> AsyncIterator[bytes]:
        while True:
            yield await queue.get()

    arriving, read = Arriving(body(), Meter(), slot_of()), []

    async def reading() -> None:
        async for piece in arriving:
            read.append(piece)  # noqa: PERF401 - it is watched meanwhile

    task = asyncio.create_task(reading())
    queue.put_nowait(b"a")
    await async_until(lambda: read == [b"a"])
    for piece in (b"b", b"c"):
        queue.put_nowait(piece)
    arriving.leave()
    await task
    assert (read, arriving.has_left) == ([b"a", b"b", b"c"], True)


async def test_sender_who_left_is_not_waited_for() -> None:
    arriving = Arriving(never_more(b"a"), Meter(), slot_of())
    assert await anext(arriving) == b"a"
    asyncio.get_running_loop().call_soon(arriving.leave)
    assert [piece async for piece in arriving] == []


async def test_silence_is_a_problem() -> None:
    arriving = Arriving(never_more(), Meter(), slot_of(idle_s=0.0))
    with pytest.raises(Problem) as refused:
        await anext(arriving)
    assert (refused.value.status, refused.value.code) == (408, "upload_stalled")
