"""Where audio lies: a folder, or an object store by URL. Keys are made by us, never by a client."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from playhead.errors import ConfigError

PART_BYTES = 8 * 1024**2
"""A part of a multipart upload. S3 takes at least 5 MiB and 10,000 parts: enough for 80 GB."""
PARTS_AT_ONCE = 2
"""One on its way while the next one fills: 24 MiB an upload at most."""
CHUNK_BYTES = 256 * 1024
"""What is read at a time: small enough that many listeners cost little, large enough to be quick."""


class Writer(Protocol):
    async def write(self, buffer: bytes, /) -> int: ...


class Storage:
    """Whole files by key. Every method but `local_copy` is for the event loop."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def from_url(cls, url: str) -> Self:
        """`file:///folder`, `s3://bucket/prefix?endpoint=…&region=…`, `gs://…`, `az://…`; keys from the environment.

        Raises:
            ConfigError: the URL names no storage that can be used.
        """
        parts = urlsplit(url)
        try:
            if parts.scheme == "file":
                return cls(from_url(url, mkdir=True))
            options: Any = dict(parse_qsl(parts.query))
            client: Any = {"allow_http": True} if options.get("endpoint", "").startswith("http://") else None
            bare = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
            return cls(from_url(bare, config=options or None, client_options=client))
        except (BaseError, ValueError, OSError) as error:
            reason = str(error).partition("\n")[0]
            raise ConfigError(f"STORAGE_URL does not name a storage that can be used: {reason}") from None

    def writer(self, key: str) -> AbstractAsyncContextManager[Writer]:
        """Takes a file in pieces; it exists when the block ends well, and leaves nothing when that is left early."""
        return obstore.open_writer_async(self._store, key, buffer_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)

    async def size(self, key: str) -> int:
        """In bytes. Raises FileNotFoundError."""
        return (await obstore.head_async(self._store, key))["size"]

    async def stream(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but not including `stop`, in pieces. Raises FileNotFoundError at once."""
        options: Any = None
        if stop is not None:
            options = {"range": (start, stop)}
        elif start:
            options = {"range": {"offset": start}}
        found = await obstore.get_async(self._store, key, options=options)
        pieces = found.stream(min_chunk_size=CHUNK_BYTES)

        async def read() -> AsyncIterator[bytes]:
            async for piece in pieces:
                yield bytes(piece)

        return read()

    async def delete(self, key: str) -> None:
        """Also when it is gone already."""
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return

    @contextmanager
    def local_copy(self, key: str, scratch: Path) -> Iterator[Path]:
        """The file as a path, for a worker: the very file of a folder, else a copy that is gone afterwards.

        Raises:
            FileNotFoundError: it is not there any more.
        """
        if isinstance(self._store, LocalStore):
            obstore.head(self._store, key)
            yield Path(str(self._store.prefix), key)
            return
        scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=scratch, prefix="audio-") as copy:
            for piece in obstore.get(self._store, key).stream(min_chunk_size=CHUNK_BYTES):
                copy.write(piece)
            copy.flush()
            yield Path(copy.name)
