"""Runs what a web process does beside the requests: jobs with a name and an interval, and tasks that never end."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from playhead import jobs, log
from playhead.db import Database

logger = log.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that is done again and again, its first round one interval after the start."""

    name: str
    every_s: float
    work: Callable[[], Awaitable[Any]]
    """One round. OSError (DatabaseGone, say) is one line in the log, anything else a traceback; the next one comes."""
    is_shared: bool = False
    """Whether one round in each interval is enough for all processes: the first that finds it due does it."""


class Background:
    """Of one web process. What needs tables starts once they fit."""

    def __init__(self, database: Database, until_tables_fit: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._until_tables_fit = until_tables_fit
        self._fit = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.ended: set[str] = set()
        """The names of tasks that ended although they were to last as long as the process."""

    def start(self, jobs: list[Job]) -> None:
        """Begin to do these jobs, each once the tables fit."""
        self._tasks.add(asyncio.create_task(self._wait_for_tables(), name="schema"))
        for job in jobs:
            self.keep(job.name, partial(self._repeat, job))

    def keep(self, name: str, work: Callable[[], Coroutine[Any, Any, None]], *, needs_tables: bool = True) -> None:
        """Run what lasts as long as the process. If it ends by itself, `ended` has its name and the log says why."""

        async def run() -> None:
            if needs_tables:
                await self._fit.wait()
            await work()

        task = asyncio.create_task(run(), name=name)
        task.add_done_callback(self._note_end)
        self._tasks.add(task)

    def once(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run something that ends, beside the requests."""
        self._tasks.add(asyncio.create_task(work(), name=name))

    async def stop(self) -> None:
        """Cancel everything, and wait until it has ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _wait_for_tables(self) -> None:
        await self._until_tables_fit()
        self._fit.set()

    async def _repeat(self, job: Job) -> None:
        wait_s = job.every_s
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
            except Exception:  # a job that ended silently would not be missed for days
                logger.exception("a job failed", job=job.name)

    def _note_end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            self.ended.add(task.get_name())
            logger.error("a background task ended", task=task.get_name(), exc_info=task.exception())
