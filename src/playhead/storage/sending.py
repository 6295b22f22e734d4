"""Appends to a recording in parts: what has come is sent as the next part, when it is long enough and at the end.

Two writers cannot own the same byte: a part is created only if there is none of its name, and a short last part is
replaced by a longer one only if it is still the one that was read. Where the store does not know such conditions (an
option of its URL, `aws_conditional_put=disabled`), or ignores them, the last one to write a part wins. Both writers
send the same file, so at worst the recording becomes shorter again, and the client sends that much once more.
"""

import asyncio
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, PreconditionError
from obstore.store import ObjectStore

from playhead.storage.errors import Superseded, translated
from playhead.storage.parts import Part, Parts, path_of

PART_BYTES = 8 * 1024**2
"""Size of a part. S3 demands at least 5 MiB for a multipart upload and allows 10,000 parts: enough for 80 GB."""
SHORT_BYTES = 5 * 1024**2
"""A shorter last part is read back and replaced by a longer one, so that a recording has a part for each 5 MiB at most,
however often its upload is cut. A longer one stays: reading it back would cost more than the object does."""


class PartsAppender:
    """Appends to the parts of a recording that were found. One part is sent while the next one fills."""

    def __init__(self, store: ObjectStore, key: str, parts: Parts) -> None:
        self.stored = parts.stored
        self._store, self._key = store, key
        last = parts.found[-1] if parts.found else None
        self._short = last if last is not None and last.size < SHORT_BYTES else None
        self._waiting = bytearray()
        self._sending: asyncio.Task[None] | None = None

    async def write(self, data: bytes | memoryview) -> None:
        """Append to the recording; waits only while a part is sent and another one is full.

        Raises:
            Superseded, StorageGone: a part was not stored, and nothing after `stored` will be.
        """
        self._waiting += data
        while len(self._waiting) >= self._room():
            await self._send()

    async def close(self) -> None:
        """Send what still waits. Raises Superseded, StorageGone."""
        while self._waiting:
            await self._send()
        await self._sent()

    def _room(self) -> int:
        """The bytes that fill the next part."""
        return PART_BYTES - (self._short.size if self._short is not None else 0)

    async def _send(self) -> None:
        await self._sent()
        with memoryview(self._waiting) as waiting:
            data = bytes(waiting[: self._room()])
        del self._waiting[: len(data)]
        self._sending = asyncio.create_task(self._put(data))

    async def _sent(self) -> None:
        """Wait for the part under way; once one has failed, this raises its error every time."""
        if self._sending is not None:
            await asyncio.shield(self._sending)

    async def _put(self, data: bytes) -> None:
        start, mode = self.stored, "create"
        try:
            with translated(finds=True):
                if (short := self._short) is not None:
                    before, mode = await self._read(short)
                    start, data = start - short.size, before + data
                await self._put_at(path_of(self._key, start), data, mode)
        except FileNotFoundError:
            raise Superseded("the last part was deleted") from None
        self.stored, self._short = start + len(data), None

    async def _read(self, short: Part) -> tuple[bytes, Any]:
        """The last part, and the condition that it is unchanged."""
        found = await obstore.get_async(self._store, short.path)
        if found.meta["size"] != short.size:
            raise Superseded("the last part has another length")
        meta: Any = found.meta
        version = {name: meta[name] for name in ("e_tag", "version") if meta[name] is not None}
        return bytes(await found.bytes_async()), version

    async def _put_at(self, path: str, data: bytes, mode: Any) -> None:
        try:
            await obstore.put_async(self._store, path, data, mode=mode, use_multipart=False)
        except (AlreadyExistsError, PreconditionError) as error:
            # Possibly by ourselves: an answer was lost and the request repeated. The client asks for the offset then.
            raise Superseded(str(error).partition("\n")[0]) from None
        except NotImplementedError:  # obstore's, of a store that puts without conditions: the last writer wins
            await obstore.put_async(self._store, path, data, use_multipart=False)
