"""The commands of people: create, cancel, retry and delete a session, with all that must follow.

Routes and the command line call these; no other code makes these changes. The writes of workers are in `attempts`.
"""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session as Db

from playhead import log
from playhead.db import Database, DatabaseError
from playhead.errors import Problem
from playhead.sessions import repository, revisions, uploading
from playhead.sessions.advance import removed
from playhead.sessions.coalesced import Coalesced
from playhead.sessions.facts import Choice
from playhead.sessions.models import NewSession, Session
from playhead.sessions.ports import Admit, Enqueue, Publish

logger = log.get(__name__)


def _admit_all(db: Db, owner_id: str, size_bytes: int, /, *, lock: bool = True) -> None:
    """The rule where nothing is limited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Runs commands: commits first, then publishes and sends, best effort; a sweep repeats what failed."""

    database: Database
    publish: Publish
    enqueue: Enqueue
    delete_recording: Callable[[str], Awaitable[None]]
    """Deletes the recording under a storage key; one that is absent is no error. Raises OSError."""
    max_running: int = 0
    """Running sessions that a person may have, as far as it changes the order of the queue; 0: no limit."""
    admit: Admit = _admit_all
    _renumbering: Coalesced = field(default_factory=Coalesced, init=False, repr=False, compare=False)

    async def create(self, new: NewSession) -> Session:
        """Queues a session for a stored recording.

        Raises:
            Problem: `admit` refused the session; the recording is deleted, as with the next.
            DatabaseError: there is no session; the recording is deleted, or later by `orphans`.
        """

        def admitted(db: Db) -> Session:
            self.admit(db, new.owner_id, new.size_bytes)
            return repository.create(db, new)

        try:
            session = await self.database.run(admitted)
        except BaseException:
            with contextlib.suppress(OSError):
                await self.delete_recording(new.audio_key)
            raise
        await self.publish([session])
        await self.send(new.id)
        await self._renumbering.run(self._renumber_queue)
        return session

    async def begin_upload(self, new: NewSession) -> Session:
        """Begins a session whose recording is still to come; its bytes count as stored from now on.

        Raises:
            Problem: `admit` refused the session; 429 `too_many_uploads`.
        """

        def admitted(db: Db) -> Session:
            self.admit(db, new.owner_id, new.size_bytes)
            return uploading.begin(db, new)

        session = await self.database.run(admitted)
        await self.publish([session])
        return session

    async def note_upload(self, id: str, stored: int, eta_s: float | None = None) -> bool:
        """Notes and publishes how many bytes of an upload are stored; False if it is none any more."""
        session = await self.database.run(uploading.note, id, stored, eta_s)
        if session is not None:
            await self.publish([session])
        return session is not None

    async def queue_upload(self, id: str, owner_id: str) -> bool:
        """Queues an upload whose last byte is stored; False if it was queued before.

        Raises:
            Problem: 404; `admit` refused it now, and it waits: call again.
        """

        def admitted(db: Db) -> tuple[Session, bool]:
            if uploading.is_upload(repository.get(db, id, owner_id)):
                try:
                    self.admit(db, owner_id, 0)  # its bytes count already
                except Problem:
                    if uploading.is_still(db, id, owner_id):
                        raise  # else it was queued while this waited for the count, and is what is counted
            return uploading.queue(db, id, owner_id)

        session, is_new = await self.database.run(admitted)
        if is_new:
            await self.publish([session])
            await self.send(id)
            await self._renumbering.run(self._renumber_queue)
        return is_new

    async def discard_upload(self, id: str, before: datetime | None = None) -> bool:
        """Deletes the session of an upload; False if it is none any more. The caller deletes what is stored of it.

        Args:
            before: only if no byte was noted since.
        """
        gone = await self.database.run(uploading.discard, id, before)
        if gone is not None:
            await self.publish([replace(gone, status=removed(gone.id, gone.status.version))])
        return gone is not None

    async def check_admission(self, owner_id: str, size_bytes: int) -> None:
        """Refuses early what `create` would refuse now, before a whole recording is received. Raises Problem."""
        await self.database.run(self.admit, owner_id, size_bytes, lock=False)

    async def cancel(self, id: str, owner_id: str) -> Session:
        """Cancels a waiting session at once, and a running one by a request to its worker.

        What is stored of an upload is deleted, if need be later by `orphans`.

        Raises:
            Problem: 404; 409 `already_final`.
        """
        session = await self.database.run(repository.cancel, id, owner_id)
        if session.status.is_final:
            await self.publish([session])
            if session.audio_deleted_at is not None:
                with contextlib.suppress(OSError):
                    await self.delete_recording(session.audio_key)
            await self._renumbering.run(self._renumber_queue)
        return session

    async def retry(self, id: str, owner_id: str, choice: Choice | None = None) -> Session:
        """Queues a session again, as `revisions.retry`.

        Raises:
            Problem: 404; 409 `not_retryable`; 400 `invalid`; `admit` refused it, as it does a new one.
        """

        def admitted(db: Db) -> Session:
            repository.get(db, id, owner_id)
            self.admit(db, owner_id, 0)  # its recording is stored already
            return revisions.retry(db, id, owner_id, choice)

        session = await self.database.run(admitted)
        await self.publish([session])
        await self.send(id)
        await self._renumbering.run(self._renumber_queue)
        return session

    async def delete(self, id: str, owner_id: str) -> None:
        """Deletes a session with its transcript and recording; a running worker is fenced off.

        Raises:
            Problem: 404.
            OSError: the recording could not be deleted; the session is still there, so the caller can try again.
        """
        gone = await self._delete(await self.database.run(repository.get, id, owner_id))
        if not gone.status.is_final:
            # The same status that readers make themselves when they find the session deleted.
            await self.publish([replace(gone, status=removed(gone.id, gone.status.version))])
        await self._renumbering.run(self._renumber_queue)

    async def delete_audio(self, session: Session) -> None:
        """Deletes the recording of a session that is final, and keeps its transcript.

        Raises:
            OSError: the recording could not be deleted; `orphans` does it later.
        """
        # Marked first, because a retry that comes in between would find no recording.
        if await self.database.run(repository.mark_audio_deleted, session.id):
            await self.delete_recording(session.audio_key)

    async def delete_all_of(self, owner_id: str) -> None:
        """Deletes all sessions of a person whose account is being removed.

        Publishes nothing of them: only that person could be reading, and their streams end as `signed_out`.
        """
        while sessions := (await self.database.run(repository.page, owner_id))[0]:
            for session in sessions:
                await self._delete(session)
        await self._renumbering.run(self._renumber_queue)

    async def send(self, id: str) -> None:
        """Sends a queued session's message. If the broker is away the session stays queued, and a sweep sends it."""
        try:
            await self.enqueue(id)
        except OSError as error:
            logger.warning("the broker did not take a session; it is sent again later", session_id=id, error=str(error))
            return
        try:
            await self.database.run(repository.mark_enqueued, id)
        except DatabaseError as error:  # the sweep sends the message once more
            logger.warning("a message was sent but not marked as sent", session_id=id, error=str(error))

    async def _delete(self, session: Session) -> Session:
        # The recording first, because its key is stored in the session only.
        await self.delete_recording(session.audio_key)
        return await self.database.run(repository.remove, session.id, session.owner_id)

    async def _renumber_queue(self) -> None:
        """Updates and publishes the queue positions. If it fails, the next change of the queue does it.

        Each time every waiting session is planned anew, so a burst of uploads would spend all its time on that: call it
        by `_renumbering`.
        """
        try:
            moved = await self.database.run(repository.renumber, self.max_running)
        except DatabaseError as error:
            logger.warning("the queue positions were not updated", error=str(error))
        else:
            await self.publish(moved)
