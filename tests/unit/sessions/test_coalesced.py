"""A work that many ask for at once runs once for all of them, and never too early for one of them."""

import asyncio

import pytest

from playhead.sessions.coalesced import Coalesced
from tests.support.waiting import async_until


class Work:
    """A work that waits in each run, and notes what had happened when the run began."""

    def __init__(self) -> None:
        self.happened: list[str] = []
        self.runs: list[list[str]] = []
        self.may_end = asyncio.Event()

    async def __call__(self) -> None:
        self.runs.append([*self.happened])
        await self.may_end.wait()


async def test_all_who_ask_during_a_run_share_the_next_one() -> None:
    work, coalesced = Work(), Coalesced()
    work.happened.append("a")
    asked = [asyncio.create_task(coalesced.run(work))]
    await async_until(lambda: work.runs, "the first run has begun")
    for what in "bcd":
        work.happened.append(what)
        asked.append(asyncio.create_task(coalesced.run(work)))
        await asyncio.sleep(0)
    assert len(work.runs) == 1
    work.may_end.set()
    await asyncio.gather(*asked)
    assert work.runs == [["a"], ["a", "b", "c", "d"]]


async def test_error_of_a_run_is_that_of_its_callers_alone() -> None:
    failures, coalesced = [OSError("away")], Coalesced()

    async def work() -> None:
        if failures:
            raise failures.pop()

    with pytest.raises(OSError, match="away"):
        await coalesced.run(work)
    await coalesced.run(work)


async def test_caller_who_leaves_takes_the_run_from_nobody() -> None:
    work, coalesced = Work(), Coalesced()
    leaving, staying = (asyncio.create_task(coalesced.run(work)) for _ in range(2))
    await async_until(lambda: work.runs, "the run has begun")
    leaving.cancel()
    work.may_end.set()
    await staying
    assert len(work.runs) == 1
    with pytest.raises(asyncio.CancelledError):
        await leaving
