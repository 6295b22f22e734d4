"""Concurrent callers share one read, whose value is reused for a while."""

import asyncio

import pytest

from playhead.cached_value import CachedValue


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0
        self.reads = 0
        self.fails = False

    def __call__(self) -> float:
        return self.now_s

    async def read(self) -> int:
        self.reads += 1
        await asyncio.sleep(0)
        if self.fails:
            raise ConnectionError("gone")
        return self.reads


async def test_concurrent_callers_share_one_read() -> None:
    clock = Clock()
    recent = CachedValue(clock.read, 1.0, clock)
    assert list(await asyncio.gather(recent.get(), recent.get())) == [1, 1]
    clock.now_s += 0.9
    assert await recent.get() == 1
    clock.now_s += 0.2
    assert await recent.get() == 2


@pytest.mark.parametrize("max_age_s", [1.0, 60.0])
async def test_failure_expires_within_a_second(max_age_s: float) -> None:
    clock = Clock()
    recent = CachedValue(clock.read, max_age_s, clock)
    clock.fails = True
    with pytest.raises(ConnectionError):
        await recent.get()
    clock.fails = False
    clock.now_s += 0.9
    with pytest.raises(ConnectionError):
        await recent.get()
    clock.now_s += 0.1
    assert await recent.get() == 2


async def test_canceled_caller_does_not_cancel_the_read() -> None:
    clock = Clock()
    recent = CachedValue(clock.read, 1.0, clock)
    leaving, staying = asyncio.create_task(recent.get()), asyncio.create_task(recent.get())
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 1
