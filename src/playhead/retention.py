"""Deletes what is older than the site keeps: recordings after `KEEP_AUDIO_DAYS`, sessions after `KEEP_DAYS`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from playhead import log
from playhead.errors import Problem
from playhead.live.clock import now
from playhead.metrics.catalog import SWEPT
from playhead.metrics.metrics import Metrics
from playhead.sessions import repository
from playhead.sessions.commands import Commands
from playhead.sessions.models import Session

EVERY_S = 3600.0
"""Interval of the job in seconds: a limit in days is exceeded by an hour at most."""

logger = log.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The job; one process does each round for all. The days count from the end of a session; 0 keeps it for ever."""

    commands: Commands
    keep_days: float = 0.0
    keep_audio_days: float = 0.0
    metrics: Metrics

    async def run(self) -> None:
        """Deletes what is due now.

        Raises:
            DatabaseError, OSError: a deletion failed; the next round, or for a recording `orphans`, repeats it.
        """
        sessions = await self._all(self.keep_days, "old_session", self._delete)
        recordings = await self._all(self.keep_audio_days, "old_recording", self.commands.delete_audio, with_audio=True)
        if sessions or recordings:
            logger.info("old sessions were deleted", sessions=sessions, recordings=recordings)

    async def _all(
        self, days: float, work: str, delete: Callable[[Session], Awaitable[None]], *, with_audio: bool = False
    ) -> int:
        count = 0
        if not days:
            return count
        before = now() - timedelta(days=days)
        while found := await self.commands.database.run(repository.ended_before, before, with_audio=with_audio):
            for session in found:
                await delete(session)
                self.metrics.add(SWEPT, work)
            count += len(found)
        return count

    async def _delete(self, session: Session) -> None:
        try:
            await self.commands.delete(session.id, session.owner_id)
        except Problem as problem:  # its owner deleted it meanwhile
            if problem.code != "session_not_found":
                raise
