"""Receives an upload into the storage: afterwards the whole file is there and is audio, or nothing of it is left."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from playhead import log
from playhead.errors import Problem
from playhead.formats import containers
from playhead.sessions.facts import Options
from playhead.storage import PART_BYTES, Storage, StorageGone
from playhead.uploads import filenames, options
from playhead.uploads.body_guard import Meter, too_large
from playhead.uploads.limits import Limits
from playhead.uploads.multipart import FieldRead, FileBegins, FileData, Part, parts
from playhead.uploads.slots import UploadSlot, busy

RETRY_S = 30
"""`Retry-After` in seconds: a storage that is unreachable is not back sooner."""

FIRST_LOOK_BYTES = 64
"""Most containers are recognised by these; more is read only where they are not enough."""

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
        async with _held(slot), aclosing(parts(_arriving(body, meter, slot), content_type)) as found:  # type: ignore[type-var]
            await form.read(found)
        return form.received()
    except BaseException as error:
        refusal = None
        if isinstance(error, StorageGone):
            with contextlib.suppress(StorageGone):
                # Before the deletion, which frees space: the disk may have filled since the last check.
                refusal = _no_room(storage, slot.limits)
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
        head, ended, looked, container = b"", False, 0, None
        while container is None and len(head) < containers.HEAD_BYTES and not ended:
            piece = await _piece(found)
            head, ended = head + piece.data, piece.last
            if ended or len(head) >= max(FIRST_LOOK_BYTES, 2 * looked):  # a client of single bytes costs no more
                looked, container = len(head), containers.container_of(head[: containers.HEAD_BYTES])
        self._count(head)
        if not head:
            raise Problem(400, "empty_file", "The file is empty.")
        if container is None:
            raise Problem(415, "unsupported_media", f"This is not a recording that can be read: {containers.NAMES}.")
        async with self._storage.writer(self._key) as writer:
            with self._slot.going_on():
                await writer.write(head)
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
            if (refusal := _no_room(self._storage, self._limits)) is not None:
                raise refusal
            self._room_checked_to = self._size + PART_BYTES


def _no_room(storage: Storage, limits: Limits) -> Problem | None:
    """The refusal of an upload if too little space is left; None if there is enough."""
    free = storage.free_bytes()
    if free is None or free >= limits.room_bytes:
        return None
    return Problem(507, "storage_full", "There is no room left for recordings here: delete some first.")


async def _piece(found: AsyncIterator[Part]) -> FileData:
    piece = await anext(found, None)
    if not isinstance(piece, FileData):
        raise Problem(400, "malformed", "The form is broken or was cut off.")
    return piece


@asynccontextmanager
async def _held(slot: UploadSlot) -> AsyncIterator[None]:
    """Ends its block when the slot is revoked, or after the longest time. Raises Problem 503, 408."""
    try:
        async with asyncio.timeout(slot.limits.longest_s) as allowed:

            def end() -> None:
                if not allowed.expired():  # it cannot be ended twice
                    allowed.reschedule(asyncio.get_running_loop().time())

            slot.on_revoked = end
            try:
                with slot.going_on():
                    yield
            finally:
                slot.on_revoked = lambda: None
    except TimeoutError:
        if slot.is_revoked:
            raise busy("Many files are being sent just now: send this one again in a moment.") from None
        minutes = f"{slot.limits.longest_s / 60:.0f} minutes"
        raise Problem(408, "upload_stalled", f"The file was not here after {minutes}: please send it again.") from None


async def _arriving(body: AsyncIterator[bytes], meter: Meter, slot: UploadSlot) -> AsyncIterator[bytes]:
    """The body's chunks; each counts as consumed when the next one is asked for."""
    source, idle_s = aiter(body), slot.limits.idle_s
    while True:
        slot.waits()
        try:
            async with asyncio.timeout(idle_s):
                chunk = await anext(source)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Problem(408, "upload_stalled", f"Nothing came for {idle_s:.0f} s: please send it again.") from None
        slot.received(len(chunk))
        yield chunk
        meter.consumed(len(chunk))
