"""Receives an upload into the storage: afterwards the whole file is there and is audio, or nothing of it is left."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from playhead import log
from playhead.errors import Problem
from playhead.sessions.facts import Options
from playhead.storage import PART_BYTES, Storage, StorageGone
from playhead.uploads import filenames, options
from playhead.uploads.arriving import Arriving, held, no_room
from playhead.uploads.body_guard import Meter, too_large
from playhead.uploads.head import Head
from playhead.uploads.multipart import FieldRead, FileBegins, FileData, Part, parts
from playhead.uploads.slots import UploadSlot

RETRY_S = 30
"""`Retry-After` in seconds: a storage that is unreachable is not back sooner."""

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    filename: str
    options: Options
    size_bytes: int


async def receive(
    body: AsyncIterator[bytes],
    content_type: str,
    meter: Meter,
    storage: Storage,
    key: str,
    slot: UploadSlot,
    models: Sequence[str] = (),
) -> Received:
    """Store the form's `file` under `key` while it arrives. `models`: the names of those that may be chosen.

    Raises:
        Problem: 400 `no_file`, `empty_file`, `bad_language`, `invalid`, `malformed`; 408 `upload_stalled`;
            413 `too_large`; 415 `unsupported_media`; 503 `storage_gone`, `busy`; 507 `storage_full`.
            Nothing is left in storage then, nor if the task is canceled.
    """
    form = _Form(storage, key, slot, models)
    try:
        async with held(slot), aclosing(parts(Arriving(body, meter, slot), content_type)) as found:  # type: ignore[type-var]
            await form.read(found)
        return form.received()
    except BaseException as error:
        refusal = None
        if isinstance(error, StorageGone):
            with contextlib.suppress(StorageGone):
                # Before the deletion, which frees space: the disk may have filled since the last check.
                refusal = no_room(storage, slot.limits)
        # Shielded, because it is the client's leaving that may have brought us here.
        with contextlib.suppress(StorageGone):  # then `orphans` finds it
            await asyncio.shield(storage.delete(key))
        if isinstance(error, StorageGone):
            logger.exception("storage did not take an upload")
            raise refusal or Problem(
                503, "storage_gone", "The recording cannot be stored now: try again.", retry_after_s=RETRY_S
            ) from error
        raise


class _Form:
    """The fields of the form that have arrived so far."""

    def __init__(self, storage: Storage, key: str, slot: UploadSlot, models: Sequence[str]) -> None:
        self._storage, self._key, self._slot, self._limits = storage, key, slot, slot.limits
        self._filename: str | None = None
        self._options, self._models = Options(), models
        self._size = 0
        self._room_checked_to = 0

    async def read(self, found: AsyncIterator[Part]) -> None:
        async for part in found:
            if isinstance(part, FieldRead) and part.name in options.FIELDS:
                chosen = options.field_of(part.name, part.value, self._models)
                self._options = chosen.applied_to(self._options)
            elif isinstance(part, FileBegins) and part.name == "file":
                if self._filename is not None:
                    raise Problem(400, "malformed", "Send one file at a time.")
                self._filename = filenames.clean(part.filename)
                await self._store(found)

    async def _store(self, found: AsyncIterator[Part]) -> None:
        first, head, ended = b"", Head(), False
        while not head.is_recognised:
            piece = await _piece(found)
            first, ended = first + piece.data, piece.last
            self._count(piece.data)
            head.add(piece.data, is_last=ended)
        async with self._storage.writer(self._key) as writer:
            with self._slot.going_on():
                await writer.write(first)
                while not ended:
                    piece = await _piece(found)
                    self._count(piece.data)
                    await writer.write(piece.data)
                    ended = piece.last

    def received(self) -> Received:
        if self._filename is None:
            raise Problem(400, "no_file", "The form has no file.")
        return Received(self._filename, self._options, self._size)

    def _count(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limits.max_bytes:
            raise too_large(self._limits.max_bytes)
        if self._size > self._room_checked_to:
            if (refusal := no_room(self._storage, self._limits)) is not None:
                raise refusal
            self._room_checked_to = self._size + PART_BYTES


async def _piece(found: AsyncIterator[Part]) -> FileData:
    piece = await anext(found, None)
    if not isinstance(piece, FileData):
        raise Problem(400, "malformed", "The form is broken or was cut off.")
    return piece
