"""Drives canary sessions in a web process: each status is committed and published as a worker does it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session as Db

from playhead import log
from playhead.accounts.administration import own_quota
from playhead.db import Database, DatabaseError
from playhead.ids import new_id
from playhead.sessions import canaries
from playhead.sessions.advance import advance
from playhead.sessions.models import Segment, Session
from playhead.sessions.ports import Publish
from playhead.sessions.status import Stage, Status
from playhead.uploads.orphans import key_of

STATUSES = 5
"""Before the final one: enough lags for a line, few enough to write once a minute for ever."""
WORDS = "This line came all the way."

logger = log.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """When the statuses come, in seconds. With these values a session lasts 5.5 s."""

    first_s: float = 2.0
    """Until the first: its reader connects in this time, over TLS and far away."""
    pause_s: float = 0.7
    """Between two: more than the half second by which a stream is proven, and than statuses are joined for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canaries:
    """Begins and drives the sessions of canaries.

    Args:
        run: runs a task of the process, by its name, and cancels it when the process ends.
    """

    database: Database
    publish: Publish
    run: Callable[[str, Callable[[], Coroutine[Any, Any, None]]], None]
    timings: Timings = Timings()

    async def begin(self, owner_id: str) -> Session:
        """Begins a session in the place of the owner's last one.

        Raises:
            Problem: 429 `too_many_requests`, one of theirs is under way.
            DatabaseError: there is none.
        """
        session_id = new_id()

        def begin(db: Db) -> Session:
            own_quota(db, owner_id, lock=True)
            return canaries.begin(db, session_id, owner_id, key_of(session_id))

        session = await self.database.run(begin)
        await self.publish([session])
        self.run("canary", partial(self._drive, session.status))
        return session

    async def require(self, id: str, owner_id: str) -> None:
        """Raises Problem 404 unless this is a canary session of this owner."""
        await self.database.run(canaries.require, id, owner_id)

    async def _drive(self, status: Status) -> None:
        """Brings a session to its end; at once when the process ends, so that nobody waits for it."""
        last = status
        try:
            await asyncio.sleep(self.timings.first_s)
            for number in range(1, STATUSES + 1):
                after = advance(last, stage=Stage.UPLOADING, progress=number / (STATUSES + 1))
                if not await self._save(last, after):
                    return
                last = after
                await asyncio.sleep(self.timings.pause_s)
        finally:
            await self._end(last)

    async def _end(self, last: Status) -> None:
        words = Segment(0, 0.0, 1.0, WORDS)
        await self._save(last, advance(last, stage=Stage.COMPLETED, progress=1.0, segments=1), words)

    async def _save(self, before: Status, after: Status, *fresh: Segment) -> bool:
        """Whether the status was saved; it is published then."""
        try:
            session = await self.database.run(canaries.save, before, after, fresh)
        except DatabaseError as error:
            logger.warning("the session of a canary ends early", session_id=after.session_id, error=str(error))
            return False
        if session is not None:
            await self.publish([session])
        return session is not None
