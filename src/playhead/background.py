"""Runs the background tasks of a web process: jobs at an interval, and tasks that last as long as the process."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from playhead import jobs, log
from playhead.db import Database

logger = log.get(__name__)

FIRST_EARLIER = 0.5
"""The share of its interval by which the first round of a job may come earlier, at random: jobs that are due together,
in one process or in all that a deploy started, take the processor and the database from streams for that long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that is repeated at an interval, for the first time half to a whole interval after the start."""

    name: str
    every_s: float
    work: Callable[[], Awaitable[Any]]
    """One round. OSError (as DatabaseGone) is logged as one line, any other error with a traceback; the next round
    follows in both cases."""
    is_shared: bool = False
    """Whether one process does each round for all: the first that finds it due."""
    needs_tables: bool = True
    """Whether the first round waits until the tables fit; one that is shared must."""


def first_wait_s(job: Job) -> float:
    """Seconds from the start to the first round of a job, drawn at random."""
    return job.every_s * random.uniform(1 - FIRST_EARLIER, 1)  # noqa: S311 - no secret


class Background:
    """The background tasks of one web process.

    Args:
        database: used to share jobs between processes.
        until_tables_fit: returns once the tables fit this release; tasks that need tables start after that.
    """

    def __init__(self, database: Database, until_tables_fit: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._until_tables_fit = until_tables_fit
        self._fit = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.ended: set[str] = set()
        """The names of tasks that ended although they should last as long as the process."""

    def start(self, jobs: list[Job]) -> None:
        """Starts repeating these jobs, those that need tables once these fit."""
        self._tasks.add(asyncio.create_task(self._wait_for_tables(), name="schema"))
        for job in jobs:
            self.keep(job.name, partial(self._repeat, job), needs_tables=job.needs_tables)

    def keep(self, name: str, work: Callable[[], Coroutine[Any, Any, None]], *, needs_tables: bool = True) -> None:
        """Runs a task that should last as long as the process; if it ends, that is logged and added to `ended`."""

        async def run() -> None:
            if needs_tables:
                await self._fit.wait()
            await work()

        task = asyncio.create_task(run(), name=name)
        task.add_done_callback(self._note_end)
        self._tasks.add(task)

    def once(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Runs a task that ends by itself."""
        task = asyncio.create_task(work(), name=name)
        task.add_done_callback(self._tasks.discard)
        self._tasks.add(task)

    async def stop(self) -> None:
        """Cancels all tasks, and waits until they have ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _wait_for_tables(self) -> None:
        await self._until_tables_fit()
        self._fit.set()

    async def _repeat(self, job: Job) -> None:
        wait_s = first_wait_s(job)
        while True:
            await asyncio.sleep(wait_s)
            wait_s = job.every_s
            try:
                if job.is_shared:
                    is_mine, wait_s = await self._database.run(jobs.claim, job.name, job.every_s)
                    if not is_mine:
                        continue
                await job.work()
            except OSError as error:
                logger.warning("a job was not done", job=job.name, error=str(error))
            except Exception:  # the job must go on: nobody would notice its end for days
                logger.exception("a job failed", job=job.name)

    def _note_end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            self.ended.add(task.get_name())
            logger.error("a background task ended", task=task.get_name(), exc_info=task.exception())
