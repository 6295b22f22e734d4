"""Ends the uploads that nobody goes on with: those that are whole are queued, those that are old are deleted."""

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from playhead import log
from playhead.db import DatabaseError
from playhead.errors import Problem
from playhead.live.clock import now
from playhead.metrics.catalog import SWEPT, UPLOADS
from playhead.metrics.metrics import Metrics
from playhead.sessions import uploading
from playhead.sessions.commands import Commands
from playhead.sessions.models import Session
from playhead.uploads.tus.append import Recordings

EVERY_S = 60.0
"""Interval of the job in seconds: so long an upload whose queue was full waits, if its page is closed."""
REST = timedelta(seconds=30)
"""An upload that had a byte since then is still in the hands of its client."""

logger = log.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    """The job; one process does each round for all."""

    commands: Commands
    recordings: Recordings
    keep_hours: float
    metrics: Metrics

    async def run(self) -> None:
        """Ends each upload that rests.

        Raises:
            DatabaseError, OSError: of the last one that could not be ended; the next round repeats the work.
        """
        moment, after = now(), ""
        failure: DatabaseError | OSError | None = None
        while found := await self.commands.database.run(uploading.resting, moment - REST, after):
            for session in found:
                try:
                    await self._end(session, moment - timedelta(hours=self.keep_hours))
                except (DatabaseError, OSError) as error:  # the others do not wait for it
                    logger.warning("an upload could not be ended", session_id=session.id, error=str(error))
                    failure = error
            after = found[-1].id
        if failure is not None:
            raise failure

    async def _end(self, session: Session, oldest: datetime) -> None:
        is_old = uploading.noted_at(session) < oldest
        if session.status.progress != 1 and not is_old:
            return
        # Also of an old one: its process may have ended before it noted the last byte.
        if await self.recordings.stored(session.audio_key) == session.size_bytes:
            with contextlib.suppress(Problem):  # as many still wait as may, or its owner deleted it meanwhile
                if await self.commands.queue_upload(session.id, session.owner_id):
                    self.metrics.add(UPLOADS, "accepted")
                return
        if is_old and await self.commands.discard_upload(session.id, oldest):
            self.metrics.add(UPLOADS, "broken_off")
            self.metrics.add(SWEPT, "old_upload")
            logger.info("an upload was not finished in time, and was deleted", session_id=session.id)
            await self.recordings.delete(session.audio_key)  # if it fails, `orphans` does it
