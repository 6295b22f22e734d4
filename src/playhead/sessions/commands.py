"""What people do to sessions: create, cancel, retry and delete, each with all that must follow it.

Routes and the command line call these, and nothing else writes what a person asks for. What a worker may do is in
`attempts`.
"""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from playhead import log
from playhead.db import Database, DatabaseError
from playhead.sessions import repository
from playhead.sessions.advance import removed
from playhead.sessions.models import Session
from playhead.sessions.ports import Enqueue, Publish

logger = log.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Commits first, then publishes. What follows a command is best effort: a sweep makes up for it."""

    database: Database
    publish: Publish
    enqueue: Enqueue
    delete_recording: Callable[[str], Awaitable[None]]
    """Deletes the recording under a storage key; one that is absent is no error. Raises OSError."""

    async def create(
        self, *, id: str, owner_id: str, filename: str, language: str | None, size_bytes: int, audio_key: str
    ) -> Session:
        """Queue a session for a recording that is stored.

        Raises:
            DatabaseError: there is no session; the recording is deleted, or left to `orphans`.
        """
        try:
            session = await self.database.run(
                repository.create,
                id=id,
                owner_id=owner_id,
                filename=filename,
                language=language,
                size_bytes=size_bytes,
                audio_key=audio_key,
            )
        except BaseException:
            with contextlib.suppress(OSError):
                await self.delete_recording(audio_key)
            raise
        await self.publish([session])
        await self.send(id)
        return session

    async def cancel(self, id: str, owner_id: str) -> Session:
        """End a session that waits; ask the worker of a running one to stop.

        Raises:
            Problem: 404; 409 `already_final`.
        """
        session = await self.database.run(repository.cancel, id, owner_id)
        if session.status.is_final:
            await self.publish([session])
            await self._move_up()
        return session

    async def retry(self, id: str, owner_id: str) -> Session:
        """Queue a failed or canceled session again; it keeps its segments.

        Raises:
            Problem: 404; 409 `not_retryable`.
        """
        session = await self.database.run(repository.retry, id, owner_id)
        await self.publish([session])
        await self.send(id)
        return session

    async def delete(self, id: str, owner_id: str) -> None:
        """Delete a session with its transcript and recording; a running worker is fenced off.

        Raises:
            Problem: 404.
            OSError: the recording could not be deleted; the session is still there, to be deleted again.
        """
        await self._delete(await self.database.run(repository.get, id, owner_id))
        await self._move_up()

    async def delete_all_of(self, owner_id: str) -> None:
        """Delete all sessions of a person, as `delete` does."""
        while sessions := (await self.database.run(repository.page, owner_id))[0]:
            for session in sessions:
                await self._delete(session)
        await self._move_up()

    async def send(self, id: str) -> None:
        """Send a queued session's message. If the broker is away it stays queued, and a sweep sends it later."""
        try:
            await self.enqueue(id)
        except OSError as error:
            logger.warning("the broker did not take a session; it is sent again later", session_id=id, error=str(error))
            return
        try:
            await self.database.run(repository.mark_enqueued, id)
        except DatabaseError as error:  # its message is sent once more than needed
            logger.warning("a message was sent and not noted", session_id=id, error=str(error))

    async def _delete(self, session: Session) -> None:
        # The recording first: once its session is gone, nobody knows its key.
        await self.delete_recording(session.audio_key)
        gone = await self.database.run(repository.remove, session.id, session.owner_id)
        if not gone.status.is_final:
            # To readers of a session that is gone: the same document that they would make of its absence.
            await self.publish([replace(gone, status=removed(gone.id, gone.status.version))])

    async def _move_up(self) -> None:
        """Number the queue anew and publish who moved. It can wait for the next change, the person cannot."""
        try:
            moved = await self.database.run(repository.renumber)
        except DatabaseError as error:
            logger.warning("the queue was not numbered", error=str(error))
        else:
            await self.publish(moved)
