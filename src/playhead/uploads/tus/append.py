"""Appends the body of one request to an upload, and notes how far it is. What came is kept, however the body ends."""

import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from playhead import log
from playhead.db import DatabaseError
from playhead.errors import Problem
from playhead.formats import containers
from playhead.storage import PART_BYTES, Appender, StorageGone, Superseded, WrongOffset
from playhead.uploads.arriving import Arriving, Cut, held, no_room
from playhead.uploads.head import Head
from playhead.uploads.slots import Clock, UploadSlot
from playhead.uploads.tus.running import superseded

NOTE_S = 1.0
"""Interval of noting how much is stored, in seconds: a row is written and published each time."""
STORAGE_RETRY_S = 30.0
"""`Retry-After` in seconds: a storage that is unreachable is not back sooner."""

logger = log.get(__name__)
Note = Callable[[int, float | None], Awaitable[bool]]
"""Notes how many bytes are stored, and in how many seconds all will be; False if it is no upload any more."""


class Recordings(Protocol):
    """Where uploads are kept: `Storage`. What sends parts of a file to a bucket directly could be another one."""

    def appendable(self, key: str) -> str: ...

    def free_bytes(self) -> int | None: ...

    async def stored(self, key: str) -> int: ...

    def append(self, key: str, offset: int) -> AbstractAsyncContextManager[Appender]: ...

    async def stream(self, key: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes]: ...

    async def delete(self, key: str) -> None: ...


class Ended(Exception):
    """The session is no upload any more: it was queued, canceled or deleted meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What one request brings.

    `key` is that of the recording, `length` its whole length; `declared` is the length of the body, None if that is
    only known at its end.
    """

    key: str
    length: int
    offset: int
    declared: int | None
    body: Arriving


async def append(
    recordings: Recordings, chunk: Chunk, slot: UploadSlot, cut: Cut, note: Note, clock: Clock = time.monotonic
) -> int:
    """Appends the chunk; returns how many bytes of the recording are stored then.

    Raises:
        Ended: it is no upload any more.
        Problem: 408 `upload_stalled`; 409 `wrong_offset`, `upload_superseded`; 413 `beyond_length`; 415
            `unsupported_media`, after which it is to be deleted; 503 `busy`, `storage_gone`, the cut's; 507
            `storage_full`.
    """
    try:
        async with held(slot, cut):
            head = await _head(recordings, chunk)
            async with recordings.append(chunk.key, chunk.offset) as appender:
                await _write(recordings, chunk, appender, head, slot, note, clock)
    except WrongOffset as error:
        raise wrong_offset(error.stored) from None
    except Superseded:
        raise superseded() from None
    except StorageGone as error:
        logger.warning("storage did not take an upload", error=str(error))
        away = Problem(
            503, "storage_gone", "The recording cannot be stored now: try again.", retry_after_s=STORAGE_RETRY_S
        )
        raise no_room(recordings, slot.limits) or away from error
    return appender.stored


async def _write(
    recordings: Recordings,
    chunk: Chunk,
    appender: Appender,
    head: Head,
    slot: UploadSlot,
    note: Note,
    clock: Clock,
) -> None:
    if chunk.declared is not None and chunk.offset + chunk.declared > chunk.length:
        raise beyond_length(chunk.length)
    received, room_checked_to = chunk.offset, 0
    began_at = noted_at = clock()
    async for piece in chunk.body:
        received += len(piece)
        if received > chunk.length:
            raise beyond_length(chunk.length)
        if received > room_checked_to:
            if (refusal := no_room(recordings, slot.limits)) is not None:
                raise refusal
            room_checked_to = received + PART_BYTES
        head.add(piece, is_last=received == chunk.length)
        await appender.write(piece)
        if (now := clock()) - noted_at >= NOTE_S and received > chunk.offset:
            noted_at = now
            bytes_s = (received - chunk.offset) / (now - began_at)
            if not await _noted(note, appender.stored, (chunk.length - received) / bytes_s):
                raise Ended()


async def _noted(note: Note, stored: int, eta_s: float) -> bool:
    try:
        return await note(stored, eta_s)
    except DatabaseError:  # only people wait for it; the bytes are safe
        return True


async def _head(recordings: Recordings, chunk: Chunk) -> Head:
    """What is known of the first bytes of the recording from those that are stored."""
    if 0 < chunk.offset < containers.HEAD_BYTES:
        with contextlib.suppress(FileNotFoundError):  # the offset is wrong, as `append` will find, or there is a hole
            return Head(b"".join([piece async for piece in await recordings.stream(chunk.key, 0, chunk.offset)]))
    head = Head()
    head.is_recognised = chunk.offset > 0  # what follows its beginning tells nothing
    return head


def wrong_offset(stored: int) -> Problem:
    return Problem(409, "wrong_offset", f"{stored} bytes are stored: go on from there.")


def beyond_length(length: int) -> Problem:
    return Problem(413, "beyond_length", f"The file has {length} bytes by its Upload-Length, and more came.")
