"""Reads documents for an app: from its own store, from what Redis holds, or the newer of the two."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from inspect import isawaitable
from typing import Generic, ParamSpec, TypeAlias, TypeVar, cast

from playhead.live.broker.ports import StatusSubscriber
from playhead.live.errors import Problem
from playhead.live.job import D, is_newer
from playhead.live.loader import Loader

Args = ParamSpec("Args")
T = TypeVar("T")
Maybe: TypeAlias = Awaitable[T] | T
"""A value, or what will be one: callbacks may be plain or async functions."""

logger = logging.getLogger(__name__)


class Reading(Generic[D]):
    """Reads for all streams and polls of a process. Belongs to one event loop.

    Args:
        read: reads the document with this id from the app's store; None: there is none.
        read_all: reads those of an owner that are not final, or changed since a time.
    """

    def __init__(
        self,
        subscriber: StatusSubscriber[D],
        read: Callable[[str], Maybe[D | None]] | None,
        read_all: Callable[[str, datetime], Maybe[Sequence[D]]] | None,
    ) -> None:
        self._subscriber = subscriber
        self._snapshots: Loader[str, D] = Loader(subscriber.snapshots)
        self._read = read
        self._read_all = read_all

    async def one(self, job_id: str) -> D:
        """The newest document of a job. Raises Problem 404; OSError if Redis is away and there is no store."""
        stored = await ready(self._read(job_id)) if self._read is not None else None
        try:
            held = await self._snapshots.load(job_id)
        except OSError:
            if stored is None:
                raise
            held = None  # the store is enough
        newest = held if held is not None and is_newer(held, stored) else stored
        if newest is None:
            raise job_not_found()
        return newest

    async def again(self, job_id: str) -> D:
        """The same for a reader that has seen the job; without a store it raises OSError in place of the 404.

        A Redis that was restarted may have lost the job, and its task publishes on.
        """
        try:
            return await self.one(job_id)
        except Problem as problem:
            if self._read is not None:
                raise
            raise OSError(f"Redis has nothing of job {job_id} any more") from problem

    async def all(self, owner_id: str, since: datetime, versions: Mapping[str, int]) -> list[D]:
        """The newest documents of an owner: not final, changed since `since`, or in `versions`; the oldest first.

        A client goes on from the time of the last one that it received.
        """
        stored = await ready(self._read_all(owner_id, since)) if self._read_all is not None else ()
        newest = {document.id: document for document in stored}
        for document in await self._subscriber.snapshots_of(owner_id):
            if is_newer(document, newest.get(document.id)):
                newest[document.id] = document
        wanted = (
            document
            for document in newest.values()
            if not document.is_final or document.updated_at >= since or document.id in versions
        )
        return sorted(wanted, key=lambda document: document.updated_at)


def bounded(callback: Callable[Args, Maybe[T]], timeout_s: float) -> Callable[Args, Awaitable[T]]:
    """The same callback, async; it raises TimeoutError, an OSError, where it takes longer."""

    async def call(*args: Args.args, **kwargs: Args.kwargs) -> T:
        async with asyncio.timeout(timeout_s):
            return await ready(callback(*args, **kwargs))

    return call


async def ready(value: Maybe[T]) -> T:
    """The value of a callback that may be async."""
    return await cast("Awaitable[T]", value) if isawaitable(value) else value


def job_not_found() -> Problem:
    """Makes the same problem for an absent job and for one of another person (OWASP ASVS 5.0, 8.2.2)."""
    return Problem(404, "job_not_found", "There is no such job.")
