"""Live jobs in real Celery workers: stages and data of their own, a retry, a failure, and a child that is killed."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from celery import Celery

from playhead.live import Job, State, queue
from playhead.live.broker.subscriber import ValkeySubscriber
from playhead.live.follow import follow
from playhead.live.hub import Hub
from playhead.live.job import VERSIONS_PER_EPOCH
from playhead.live.reading import Reading
from playhead.live.shared_publisher import close_publishers
from tests.support.programs import environ, program
from tests.support.valkey import Valkey, valkey
from tests.support.waiting import START_S

APP = "tests.support.live_tasks:celery"
SILENT_S = 3600.0
"""Between heartbeats: at one, a reader would read again what did not arrive."""


@dataclass(frozen=True)
class Tasks:
    """A worker of the tasks in `tests.support.live_tasks`, on a server of its own."""

    pool: str
    redis: Valkey

    async def run(self, name: str, look: Callable[[Job[Any]], object] = lambda job: None) -> list[Job[Any]]:
        """What a reader sees of a task's job, from before it is sent to its end; `look` is called with each."""
        job_id = str(uuid4())
        await asyncio.to_thread(queue, self.redis.url, job_id, owner="ada")
        async with asyncio.timeout(START_S):
            return await self._read(job_id, partial(self._send, name, job_id), look)

    def _send(self, name: str, job_id: str) -> None:
        with Celery("sender", broker=self.redis.url) as app:
            app.send_task(name, (job_id,), ignore_result=True)

    async def _read(self, job_id: str, send: Callable[[], None], look: Callable[[Job[Any]], object]) -> list[Job[Any]]:
        subscriber = ValkeySubscriber(self.redis.url, msgspec.json.Decoder(Job[Any]).decode)
        hub, reading = Hub(subscriber, heartbeat_s=SILENT_S), Reading(subscriber, None, None)
        listening = asyncio.create_task(hub.run())
        reads = 0

        async def read(job_id: str) -> Job[Any]:
            """Sends the task behind the second read: the first is at the beginning, the next once it listens."""
            nonlocal reads
            reads += 1
            job = await reading.one(job_id)
            if reads == 2:
                await asyncio.to_thread(send)
            return job

        seen: list[Job[Any]] = []
        try:
            with hub.subscribe(job_id, "ada") as inbox:
                async with aclosing(follow(inbox, read)) as feed:
                    async for item in feed:
                        if isinstance(item, Job):
                            seen.append(item)
                            look(item)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await subscriber.aclose()
        return seen


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server
        close_publishers()


@pytest.fixture(scope="module", params=["prefork", "threads"])
def tasks(request: pytest.FixtureRequest, redis: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tasks]:
    folder = tmp_path_factory.mktemp(request.param)
    command = [sys.executable, "-m", "celery", "-A", APP, "worker", "--pool", request.param, "--concurrency", "2"]
    settings = environ(REDIS_URL=redis.url, FOLDER=str(folder))
    with program([*command, "--without-gossip", "--without-mingle"], settings, folder / "worker") as worker:
        yield Tasks(request.param, redis)
        worker.end()


def stages(seen: list[Job[Any]]) -> list[str]:
    """The stages in their order."""
    return [stage for stage, _ in groupby(job.stage for job in seen)]


def epochs(seen: list[Job[Any]]) -> list[int]:
    return [epoch for epoch, _ in groupby(job.version // VERSIONS_PER_EPOCH for job in seen)]


def versions_grow(seen: list[Job[Any]]) -> bool:
    versions = [job.version for job in seen]
    return versions == sorted(set(versions))


async def test_task_is_read_with_its_own_stages_and_data_over_a_retry(tasks: Tasks) -> None:
    seen = await tasks.run("import_rows")
    once = ["started", "reading", "importing"]
    assert stages(seen) == ["queued", *once, "retrying", *once, "completed"]
    assert [job.state for job in seen if job.stage == "retrying"] == [State.QUEUED]
    assert [attempt for attempt, _ in groupby(job.attempt for job in seen)] == [0, 1]
    assert versions_grow(seen)
    assert epochs(seen) == sorted(set(epochs(seen)))
    assert len(epochs(seen)) == 3, "one of the queued job, and one of each attempt"
    end = seen[-1]
    assert (end.state, end.progress, end.message) == (State.COMPLETED, 1, "40 rows are there.")
    assert (end.owner, end.data) == ("ada", {"file": "rows.csv", "rows": 40})


async def test_task_that_raises_is_read_as_failed_without_its_secret(tasks: Tasks) -> None:
    seen = await tasks.run("explode")
    end = seen[-1]
    assert (end.state, end.progress) == (State.FAILED, 0.25)
    assert end.error is not None
    assert end.error.code == "internal"
    assert "hunter2" not in repr(seen)


@pytest.mark.parametrize("tasks", ["prefork"], indirect=True)
async def test_task_of_a_killed_child_is_read_on_from_its_next_attempt(tasks: Tasks) -> None:
    """The next attempt is of the same number, and begins with less progress than the last one had."""
    killed: list[int] = []

    def kill(job: Job[Any]) -> None:
        if job.data and not killed:
            killed.append(job.data["pid"])
            os.kill(killed[0], signal.SIGKILL)

    seen = await tasks.run("hang_once", kill)
    assert stages(seen) == ["queued", "started", "digging", "started", "digging", "completed"]
    assert [job.progress for job in seen if job.stage == "digging"] == [0.9, 0.1]
    assert {job.attempt for job in seen} == {0}
    assert versions_grow(seen)
    assert epochs(seen) == sorted(set(epochs(seen)))
    assert len(epochs(seen)) == 3
    end = seen[-1]
    assert end.state is State.COMPLETED
    assert end.data is not None
    assert end.data["pid"] != killed[0]
