"""Reads statuses and segments from the database for streams and polls."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from playhead.db import Database
from playhead.errors import session_not_found
from playhead.live.loader import Loader
from playhead.sessions import following, transcript
from playhead.sessions.following import Owned
from playhead.sessions.models import Segment
from playhead.sessions.status import Status


class StatusReader:
    """Reads for all streams and polls of a process, and joins reads at the same time into one query.

    Belongs to one event loop.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._statuses: Loader[str, Owned] = Loader(lambda ids: database.run(following.by_id, ids))

    async def status(self, session_id: str) -> Status:
        """The committed status of a session of any owner. Raises Problem 404, DatabaseGone."""
        return (await self._owned(session_id)).status

    async def own_status(self, session_id: str, owner_id: str) -> Status:
        """The committed status of the owner's session. Raises Problem 404 for someone else's, too, and DatabaseGone."""
        found = await self._owned(session_id)
        if found.owner_id != owner_id:
            raise session_not_found()
        return found.status

    async def followed(self, owner_id: str, since: datetime, versions: Mapping[str, int]) -> list[Status]:
        """The statuses for a stream of all sessions of a person, as `following.followed`. Raises DatabaseGone."""
        statuses = await self._database.run(following.followed, owner_id, since, versions)
        # Oldest first, because a client resumes from the time of the last status that it received.
        return sorted(statuses, key=lambda status: status.updated_at)

    async def segments(self, session_id: str, start: int, limit: int, revision: int) -> list[Segment] | None:
        """Segments `start`, `start + 1`, … of a revision, at most `limit` of them, without their words.

        None if it is not served, or not any more. Raises DatabaseError.
        """
        read = partial(transcript.segments_of, words=False)
        return await self._database.run(read, session_id, revision, start, limit)

    async def _owned(self, session_id: str) -> Owned:
        found = await self._statuses.load(session_id)
        if found is None:
            raise session_not_found()
        return found
