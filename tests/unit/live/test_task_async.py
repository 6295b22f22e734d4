"""The block in async tasks, as a decorator, and from several threads."""

import asyncio
import inspect
import threading

import pytest

from playhead.live import LiveJob, State, live_job, live_task
from playhead.live.clock import now
from playhead.live.job import Job
from playhead.live.shared_publisher import shared_publisher
from tests.support.waiting import async_until
from tests.unit.live.jobs import Jobs


async def test_async_block_completes_its_job(jobs: Jobs) -> None:
    async with live_job(jobs.url, "one", owner="ada") as job:
        job.update("importing", progress=0.4)
        await async_until(lambda: (held := jobs.broker.held("one")) is not None and held.progress == 0.4)
    assert (jobs.ended().state, jobs.ended().owner) == (State.COMPLETED, "ada")


async def test_exception_in_an_async_block_fails_its_job(jobs: Jobs) -> None:
    with pytest.raises(LookupError):
        async with live_job(jobs.url, "one"):
            raise LookupError
    assert jobs.ended().state is State.FAILED


async def test_canceled_async_block_leaves_its_job(jobs: Jobs) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        async with live_job(jobs.url, "one") as job:
            job.update("importing", progress=0.4)
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (jobs.ended().state, jobs.ended().progress) == (State.PROCESSING, 0.4)


async def test_many_async_blocks_share_one_thread(jobs: Jobs) -> None:
    async def work(number: int) -> None:
        async with live_job(jobs.url, f"job-{number}") as job:
            job.update("importing", progress=0.5)

    await asyncio.gather(*map(work, range(50)))
    assert {jobs.ended(f"job-{number}").state for number in range(50)} == {State.COMPLETED}
    assert [thread.name for thread in threading.enumerate()].count("status-publisher") == 1


def test_decorated_task_is_the_block(jobs: Jobs) -> None:
    @live_task(lambda request, job_id, rows=(): live_job(jobs.url, job_id, attempt=request))
    def import_rows(job: LiveJob, request: int, job_id: str, rows: str = "") -> str:
        """Imports."""
        for _ in job.track(rows, stage="importing"):
            pass
        assert jobs.newest(job_id).message == f"importing: {len(rows)} of {len(rows)}"
        return rows.upper()

    assert import_rows(2, "one", rows="abc") == "ABC"
    assert (jobs.ended().state, jobs.ended().attempt) == (State.COMPLETED, 2)
    assert (import_rows.__name__, import_rows.__doc__) == ("import_rows", "Imports.")
    assert list(inspect.signature(import_rows).parameters) == ["request", "job_id", "rows"]


def test_decorated_task_that_raises_fails_its_job(jobs: Jobs) -> None:
    @live_task(lambda job_id: live_job(jobs.url, job_id))
    def import_rows(job: LiveJob, job_id: str) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        import_rows("one")
    assert jobs.ended().state is State.FAILED


async def test_decorated_async_task_is_the_block(jobs: Jobs) -> None:
    @live_task(lambda job_id: live_job(jobs.url, job_id))
    async def import_rows(job: LiveJob, job_id: str) -> int:
        await asyncio.sleep(0)
        job.complete("All is there.")
        return 3

    assert inspect.iscoroutinefunction(import_rows)
    assert await import_rows("one") == 3
    assert (jobs.ended().state, jobs.ended().message) == (State.COMPLETED, "All is there.")


def test_updates_from_many_threads_have_a_version_each(jobs: Jobs) -> None:
    with live_job(jobs.url, "one", epoch=1) as job:

        def work() -> None:
            for _ in range(200):
                job.update("importing", progress=0.5)

        threads = [threading.Thread(target=work) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert jobs.newest().version == 1_000_000 + 1 + 5 * 200


def test_publisher_is_shared_until_it_is_closed(jobs: Jobs) -> None:
    assert shared_publisher(jobs.url) is shared_publisher(jobs.url)
    assert shared_publisher(jobs.url) is not shared_publisher(jobs.url, "other")


def test_epoch_is_above_what_was_published_by_another_clock(jobs: Jobs) -> None:
    ahead: Job[None] = Job(
        id="one", version=5_000_000_000_000_007, state=State.PROCESSING, stage="importing", updated_at=now()
    )
    jobs.broker.send([(ahead, "")])
    with live_job(jobs.url, "one"):
        assert jobs.newest().version == 5_000_000_001_000_001
