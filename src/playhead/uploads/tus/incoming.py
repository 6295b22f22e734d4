"""The life of an upload in a web process: begun, appended to by one request after another, queued at its last byte."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from playhead.db import DatabaseError
from playhead.errors import Problem
from playhead.ids import new_id
from playhead.metrics.catalog import UPLOADS
from playhead.metrics.metrics import Metrics
from playhead.sessions import repository
from playhead.sessions.commands import Commands
from playhead.sessions.models import NewSession, Session
from playhead.sessions.uploading import is_upload
from playhead.tracing.ids import TraceId
from playhead.uploads.arriving import Arriving, Cut, no_room
from playhead.uploads.body_guard import Meter
from playhead.uploads.orphans import key_of
from playhead.uploads.slots import UploadSlot, UploadSlots
from playhead.uploads.tus.append import Chunk, Ended, Recordings, append, beyond_length, wrong_offset
from playhead.uploads.tus.protocol import Creation
from playhead.uploads.tus.running import RunningUploads

NO_RECORDING = "unsupported_media"
"""The code of the one refusal after which nothing is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The body of a request, and who sends it; `declared` is its length, None if that is only known at its end."""

    pieces: AsyncIterator[bytes]
    meter: Meter
    declared: int | None
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """The uploads of one process.

    Args:
        slots: those of all its uploads.
        running: its requests that append.
    """

    recordings: Recordings
    commands: Commands
    slots: UploadSlots
    running: RunningUploads
    metrics: Metrics

    async def begin(self, asked: Creation, owner_id: str, trace_id: TraceId) -> Session:
        """Begins an upload, of which no byte is there.

        Raises:
            Problem: 403, 429 `over_quota`; 429 `too_many_uploads`; 507 `storage_full`.
        """
        if (refusal := no_room(self.recordings, self.slots.limits, asked.length)) is not None:
            raise refusal
        session_id = new_id()
        new = NewSession(
            id=session_id,
            owner_id=owner_id,
            filename=asked.filename,
            size_bytes=asked.length,
            audio_key=self.recordings.appendable(key_of(session_id)),
            options=asked.options,
            trace_id=trace_id,
        )
        return await self.commands.begin_upload(new)

    async def session(self, id: str, owner_id: str) -> Session:
        """The session of an upload, also of one that is whole. Raises Problem 404, 410 `upload_gone`."""
        session = await self.commands.database.run(repository.get, id, owner_id)
        if session.audio_deleted_at is not None:
            raise Problem(410, "upload_gone", "The upload was canceled, or its recording deleted: begin it again.")
        return session

    async def stored(self, session: Session, *, may_change: bool = True) -> int:
        """How many bytes are stored, after the request that may still append. An upload that is whole is queued.

        Args:
            may_change: else the request is not ended, and nothing is queued.

        Raises:
            Problem: 423 `upload_locked`; 403, 429 `over_quota`, it is whole and cannot be queued now.
        """
        if not is_upload(session):
            return session.size_bytes
        if may_change:
            await self.running.end(session.audio_key)
        stored = await self.recordings.stored(session.audio_key)
        if may_change and stored == session.size_bytes:
            await self._queue(session)
        return stored

    async def append(self, session: Session, offset: int, body: Body) -> int:
        """Appends a body to an upload, in the place of a request that may still do so; returns how much is stored.

        Raises:
            Problem: as `append.append`, of which 415 deletes the session; as `stored`; 429 `too_many_uploads`.
        """
        if not is_upload(session) or offset == session.size_bytes:
            stored = await self.stored(session)
            if offset != stored:
                raise wrong_offset(stored)
            if body.declared:
                raise beyond_length(session.size_bytes)
            return stored
        return await self._append(session, offset, body)

    async def delete(self, id: str, owner_id: str) -> None:
        """Deletes the session of an upload. Raises Problem 404."""
        session = await self.commands.database.run(repository.get, id, owner_id)
        await self.commands.delete(id, owner_id)
        if is_upload(session):
            self.metrics.add(UPLOADS, "broken_off")

    async def _append(self, session: Session, offset: int, body: Body) -> int:
        async with self.running.begin(session.audio_key) as cut:
            with self.slots.hold(session.owner_id, body.address) as slot:
                arriving = Arriving(body.pieces, body.meter, slot)
                chunk = Chunk(
                    key=session.audio_key,
                    length=session.size_bytes,
                    offset=offset,
                    declared=body.declared,
                    body=arriving,
                )
                # Not the request's to cancel: what came before its client left is still to be stored.
                storing = asyncio.ensure_future(self._store(session, chunk, slot, cut))
                storing.add_done_callback(_mark_seen)
                try:
                    return await asyncio.shield(storing)
                except asyncio.CancelledError:
                    arriving.leave()
                    await asyncio.wait([storing])
                    raise

    async def _store(self, session: Session, chunk: Chunk, slot: UploadSlot, cut: Cut) -> int:
        async def note(stored: int, eta_s: float | None) -> bool:
            return await self.commands.note_upload(session.id, stored, eta_s)

        began_at = time.monotonic()
        try:
            stored = await append(self.recordings, chunk, slot, cut, note)
            if stored == session.size_bytes:
                await self._queue(session)
                return stored
            left, took_s = session.size_bytes - stored, time.monotonic() - began_at
            goes_on = stored > chunk.offset and not chunk.body.has_left
            if await note(stored, took_s * left / (stored - chunk.offset) if goes_on else None):
                return stored
        except Ended:
            pass
        except Problem as refusal:
            if refusal.code == NO_RECORDING:
                self.metrics.add(UPLOADS, "refused")
                # Not by `delete`, which would wait for this very request to end.
                if await self.commands.discard_upload(session.id):
                    await self._delete_recording(session)
            else:
                with contextlib.suppress(OSError, DatabaseError):
                    if not await note(await self.recordings.stored(session.audio_key), None):
                        await self._ended(session)
            raise
        return await self._ended(session)

    async def _ended(self, before: Session) -> int:
        """Another request has queued the session, or it was canceled or deleted: then nothing of it must stay."""
        try:
            return (await self.session(before.id, before.owner_id)).size_bytes
        except Problem:
            await self._delete_recording(before)
            raise

    async def _delete_recording(self, session: Session) -> None:
        with contextlib.suppress(OSError):  # then `orphans` finds it
            await self.recordings.delete(session.audio_key)

    async def _queue(self, session: Session) -> None:
        try:
            is_new = await self.commands.queue_upload(session.id, session.owner_id)
        except Problem:
            if not await self.commands.note_upload(session.id, session.size_bytes):
                await self._ended(session)
            raise
        if is_new:
            self.metrics.add(UPLOADS, "accepted")
        else:
            await self._ended(session)


def _mark_seen(storing: asyncio.Future[int]) -> None:
    """Marks an error as seen, in case the request was canceled."""
    if not storing.cancelled():
        storing.exception()
