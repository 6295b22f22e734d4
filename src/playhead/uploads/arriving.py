"""Reads the body of an upload: how long its sender may be silent, take in all, or hold a slot that others need."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol, Self

from quart.wrappers import base

from playhead.errors import Problem
from playhead.uploads.body_guard import Meter
from playhead.uploads.limits import Limits
from playhead.uploads.slots import UploadSlot, busy

LEFT: type[Exception] = getattr(base, "ClientDisconnectedError", TimeoutError)
"""What a body raises behind its last chunk if its sender left; before Quart 0.23 it only waits, until `leave`."""


class Arriving:
    """The chunks of a body; each counts as consumed when the next one is asked for.

    Raises Problem 408 `upload_stalled` where the sender is silent or too slow.
    """

    def __init__(self, body: AsyncIterator[bytes], meter: Meter, slot: UploadSlot) -> None:
        self._source, self._meter, self._slot = aiter(body), meter, slot
        self._size = 0
        self._waiting: asyncio.Timeout | None = None
        self.has_left = False
        """Whether the sender has left; the chunks that came until then are still there."""

    def leave(self) -> None:
        """The sender has left: nothing is waited for any more."""
        self.has_left = True
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(asyncio.get_running_loop().time())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        self._meter.consumed(self._size)
        self._size = 0
        self._slot.waits()
        idle_s = self._slot.limits.idle_s
        try:
            # Without a wait a chunk that is there is still read: this does not suspend then.
            async with asyncio.timeout(0 if self.has_left else idle_s) as self._waiting:
                chunk = await anext(self._source)
        except StopAsyncIteration:
            self._slot.ends()  # what the storage still takes is not waited for
            raise
        except (TimeoutError, LEFT):
            if not self.has_left and self._waiting is not None and self._waiting.expired():
                silence = f"Nothing came for {idle_s:.0f} s: please send it again."
                raise Problem(408, "upload_stalled", silence) from None
            self.has_left = True
            raise StopAsyncIteration from None
        finally:
            self._waiting = None
        self._size = len(chunk)
        self._slot.received(len(chunk))
        return chunk


class Cut:
    """What may end an upload before its body does."""

    def __init__(self) -> None:
        self.refusal: Problem | None = None
        """Why it was ended; None: it was not."""
        self.on_cut: Callable[[], object] = lambda: None

    def cut(self, refusal: Problem) -> None:
        """Ends the upload; of several the first counts."""
        if self.refusal is None:
            self.refusal = refusal
            self.on_cut()


@asynccontextmanager
async def held(slot: UploadSlot, cut: Cut | None = None) -> AsyncIterator[None]:
    """Ends its block when the slot is revoked, at a cut, or after the longest time.

    Raises:
        Problem: 503 `busy`, the cut's, 408 `upload_stalled`.
    """
    cut = cut or Cut()
    try:
        async with asyncio.timeout(slot.limits.longest_s) as allowed:

            def end() -> None:
                if not allowed.expired():  # it cannot be ended twice
                    allowed.reschedule(asyncio.get_running_loop().time())

            slot.on_revoked = cut.on_cut = end
            try:
                with slot.going_on():
                    if cut.refusal is not None:
                        raise cut.refusal
                    yield
            finally:
                slot.on_revoked = cut.on_cut = lambda: None
    except TimeoutError:
        if slot.is_revoked:
            raise busy("Many files are being sent just now: send this one again in a moment.") from None
        if cut.refusal is not None:
            raise cut.refusal from None
        minutes = f"{slot.limits.longest_s / 60:.0f} minutes"
        raise Problem(408, "upload_stalled", f"The file was not here after {minutes}: please send it again.") from None


class HasRoom(Protocol):
    def free_bytes(self) -> int | None: ...


def no_room(storage: HasRoom, limits: Limits, size_bytes: int = 0) -> Problem | None:
    """The refusal of an upload if too little space is left beside `size_bytes` more; None if there is enough."""
    free = storage.free_bytes()
    if free is None or free - size_bytes >= limits.room_bytes:
        return None
    return Problem(507, "storage_full", "There is no room left for recordings here: delete some first.")
