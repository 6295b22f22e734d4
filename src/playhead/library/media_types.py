"""Finds the media type of a recording by its content: a browser never shows an upload as a page."""

from contextlib import aclosing

from playhead.formats.containers import HEAD_BYTES, container_of
from playhead.storage import Storage

UNKNOWN = "application/octet-stream"
"""Of a recording that an older release took by its name."""
KEPT = 1_000
"""Recordings whose type is remembered, some 100 kB: a player asks for parts of the same one again and again."""


class MediaTypes:
    """The media types of stored recordings, which never change."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._found: dict[str, str] = {}

    async def of(self, key: str, size: int) -> str:
        """The media type of a recording of `size` bytes. Raises FileNotFoundError."""
        found = self._found.get(key)
        if found is None:
            container = container_of(await self._head(key, size))
            found = self._found[key] = container.media_type if container else UNKNOWN
            if len(self._found) > KEPT:
                del self._found[next(iter(self._found))]
        return found

    async def _head(self, key: str, size: int) -> bytes:
        if not size:
            return b""
        async with aclosing(await self._storage.stream(key, 0, min(size, HEAD_BYTES))) as pieces:
            return b"".join([piece async for piece in pieces])
