"""Jobs are repeated whatever happens in a round, and a task that ends is reported."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from playhead.background import FIRST_EARLIER, Background, Job, first_wait_s
from playhead.db import Database, DatabaseGone
from playhead.jobs import JobRow
from tests.support.migrated import migrated_sqlite
from tests.support.waiting import async_until

SOON_S = 0.01


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(migrated_sqlite(tmp_path / "playhead.db"))
    yield database
    await database.close()


async def never() -> None:
    """Tables that never fit."""
    await asyncio.Event().wait()


async def at_once() -> None:
    """Background tasks whose tables fit already."""


@pytest.fixture
async def background(database: Database) -> AsyncIterator[Background]:
    background = Background(database, at_once)
    yield background
    await background.stop()


def job(work: Callable[[], Awaitable[None]], *, is_shared: bool = False, needs_tables: bool = True) -> Job:
    return Job(name="tidy", every_s=SOON_S, work=work, is_shared=is_shared, needs_tables=needs_tables)


@pytest.mark.parametrize("error", [DatabaseGone("away"), ZeroDivisionError("a surprise")])
async def test_failed_round_is_followed_by_the_next(background: Background, error: Exception) -> None:
    rounds = 0

    async def work() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise error

    background.start([job(work)])
    await async_until(lambda: rounds > 1)
    assert background.ended == set()


def test_first_rounds_of_jobs_of_one_interval_are_spread() -> None:
    one = Job(name="tidy", every_s=60.0, work=at_once)
    waits = sorted(first_wait_s(one) for _ in range(40))
    assert waits[0] >= (1 - FIRST_EARLIER) * 60.0
    assert waits[-1] <= 60.0
    assert len(set(waits)) == 40


async def test_no_task_runs_before_the_tables_fit(database: Database) -> None:
    fit, done = asyncio.Event(), asyncio.Event()

    async def until_fit() -> None:
        await fit.wait()

    async def work() -> None:
        assert fit.is_set()
        done.set()

    background = Background(database, until_fit)
    background.start([job(work)])
    background.keep("flags", work)
    await asyncio.sleep(0)
    fit.set()
    await asyncio.wait_for(done.wait(), 5)
    await background.stop()


async def test_job_that_needs_no_tables_does_not_wait_for_them(database: Database) -> None:
    rounds = asyncio.Event()

    async def work() -> None:
        rounds.set()

    background = Background(database, never)
    background.start([job(work, needs_tables=False)])
    await asyncio.wait_for(rounds.wait(), 5)
    await background.stop()


async def test_shared_round_is_done_when_it_is_due(background: Background, database: Database) -> None:
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    background.start([job(work, is_shared=True)])
    await asyncio.wait_for(done.wait(), 5)
    assert await database.run(lambda db: db.get(JobRow, "tidy")) is not None


async def test_task_that_ends_by_itself_is_reported(background: Background) -> None:
    background.keep("hub", at_once, needs_tables=False)
    await async_until(lambda: background.ended == {"hub"})


async def test_task_canceled_by_stop_is_not_reported(background: Background) -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    background.keep("hub", forever, needs_tables=False)
    await asyncio.sleep(0)
    await background.stop()
    assert background.ended == set()
