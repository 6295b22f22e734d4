"""Reads what those who follow sessions ask for: many in the same moment, from the database, which is the truth."""

from collections.abc import Mapping
from datetime import datetime

from playhead.db import Database
from playhead.errors import session_not_found
from playhead.loader import Loader
from playhead.sessions import following, repository
from playhead.sessions.models import Segment, Session
from playhead.sessions.status import Status


class StatusReader:
    """Of one process: what thousands of streams ask at once is read once for all of them. Belongs to one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sessions: Loader[str, Session] = Loader(lambda ids: database.run(following.by_id, ids))

    async def status(self, session_id: str) -> Status:
        """The status of anybody's session; it is committed before it is published. Raises Problem 404, DatabaseGone."""
        return (await self._session(session_id)).status

    async def own_status(self, session_id: str, owner_id: str) -> Status:
        """As `status`, for the session's owner only; somebody else's session is as absent as one that never was."""
        session = await self._session(session_id)
        if session.owner_id != owner_id:
            raise session_not_found()
        return session.status

    async def followed(self, owner_id: str, since: datetime, versions: Mapping[str, int]) -> list[Status]:
        """The statuses of a person's sessions, as a stream of all of them needs them. Raises DatabaseGone."""
        statuses = await self._database.run(following.followed, owner_id, since, versions)
        # Times are cursors: a stream that is cut off midway must not have passed over one that it did not send.
        return sorted(statuses, key=lambda status: status.updated_at)

    async def segments(self, session_id: str, start: int, limit: int) -> list[Segment]:
        """Segments `start`, `start + 1`, …: at most `limit` of them. Raises DatabaseError."""
        return await self._database.run(repository.segments, session_id, start, limit)

    async def _session(self, session_id: str) -> Session:
        session = await self._sessions.load(session_id)
        if session is None:
            raise session_not_found()
        return session
