"""Stores recordings by key in a folder or an object store. Keys are generated here, never by a client."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from playhead import scratch as copies
from playhead.errors import ConfigError

PART_BYTES = 8 * 1024**2
"""Size of a part of a multipart upload. S3 demands at least 5 MiB and allows 10,000 parts: enough for 80 GB."""
PARTS_AT_ONCE = 2
"""One part is sent while the next one fills: 24 MiB an upload at most."""
CHUNK_BYTES = 256 * 1024
"""Bytes read at a time: small enough for many listeners, large enough to be fast."""
RETRIES = 4
"""Retries of one request to an object store, about 2 s in all; longer outages are reported to the caller."""
RETRY_FOR = timedelta(seconds=15)
"""No request is retried after that, so that a person learns of an outage in time."""
UNFINISHED = "*#*"
"""Pattern of a folder's files while they are written: `key#1`. They are not listed among the keys."""


class StorageGone(OSError):
    """The storage cannot be reached or does not answer; a later try may succeed."""


class Writer(Protocol):
    async def write(self, buffer: bytes, /) -> int: ...


class Storage:
    """Stores whole files by key. Every method except `local_copy` is for the event loop; each may raise StorageGone."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._folder = Path(str(store.prefix)) if isinstance(store, LocalStore) else None

    @classmethod
    def from_url(cls, url: str, *, retries: int = RETRIES) -> Self:
        """Opens a storage: `file:///folder`, `s3://bucket/prefix?endpoint=…&region=…`, `gs://…` or `az://…`.

        Credentials are read from the environment.

        Raises:
            ConfigError: the URL names no storage that can be used.
        """
        parts = urlsplit(url)
        try:
            if parts.scheme == "file":
                return cls(from_url(url, mkdir=True))
            options: Any = dict(parse_qsl(parts.query))
            client: Any = {"allow_http": True} if options.get("endpoint", "").startswith("http://") else None
            retry: Any = {"max_retries": retries, "retry_timeout": RETRY_FOR}
            bare = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
            return cls(from_url(bare, config=options or None, client_options=client, retry_config=retry))
        except (BaseError, ValueError, OSError) as error:
            reason = str(error).partition("\n")[0]
            raise ConfigError(f"STORAGE_URL does not name a storage that can be used: {reason}") from None

    def free_bytes(self) -> int | None:
        """Bytes of free space; None for an object store, which has no limit. Raises StorageGone."""
        if self._folder is None:
            return None
        with _translated():
            return shutil.disk_usage(self._folder).free

    @asynccontextmanager
    async def writer(self, key: str) -> AsyncIterator[Writer]:
        """Writes a file in pieces; it exists once the block ends, and nothing remains if the block raises."""
        opened = obstore.open_writer_async(self._store, key, buffer_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
        writer = await opened.__aenter__()
        try:
            yield _Translated(writer)
        except BaseException as error:  # raised by the block: not to be translated into StorageGone
            with _translated():
                await opened.__aexit__(type(error), error, error.__traceback__)
            raise
        with _translated():
            await opened.__aexit__(None, None, None)

    async def size(self, key: str) -> int:
        """The size of a file in bytes. Raises FileNotFoundError."""
        with _translated(finds=True):
            return (await obstore.head_async(self._store, key))["size"]

    async def stream(self, key: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes]:
        """Reads the bytes from `start` up to but excluding `stop`. Raises FileNotFoundError before the first piece."""
        options: Any = None
        if stop is not None:
            options = {"range": (start, stop)}
        elif start:
            options = {"range": {"offset": start}}
        with _translated(finds=True):
            found = await obstore.get_async(self._store, key, options=options)
        return _read(found.stream(min_chunk_size=CHUNK_BYTES))

    async def delete(self, key: str) -> None:
        """Deletes a file if it exists."""
        try:
            with _translated(finds=True):
                await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return

    async def keys(self, folder: str, before: datetime) -> AsyncIterator[list[str]]:
        """Lists the keys under `folder` that were last written before that moment, in batches."""
        with _translated():
            async for batch in obstore.list(self._store, prefix=folder):
                yield [found["path"] for found in batch if found["last_modified"] < before]

    async def delete_unfinished(self, folder: str, before: datetime) -> int:
        """Deletes files that a crash left half written before that moment; returns their number.

        Only for a folder: in a bucket such files cannot be listed, and need a lifecycle rule.
        """
        if self._folder is None:
            return 0
        return await asyncio.to_thread(_delete_unfinished, self._folder / folder, before.timestamp())

    @contextmanager
    def local_copy(self, key: str, scratch: Path, on_piece: Callable[[], None] = lambda: None) -> Iterator[Path]:
        """Gives a worker the path of a file: the file itself in a folder, else a copy that is deleted afterwards.

        Args:
            key: the file.
            scratch: the folder for the copy.
            on_piece: called for each fetched piece; what it raises ends the fetch.

        Raises:
            FileNotFoundError: the file does not exist.
            StorageGone: it could not be fetched now.
        """
        if self._folder is not None:
            with _translated(finds=True):
                obstore.head(self._store, key)
            yield self._folder / key
            return
        with copies.copy_of(self._pieces(key, on_piece), scratch) as path:
            yield path

    def _pieces(self, key: str, on_piece: Callable[[], None]) -> Iterator[bytes]:
        with _translated(finds=True):
            for piece in obstore.get(self._store, key).stream(min_chunk_size=CHUNK_BYTES):
                on_piece()
                yield bytes(piece)


class _Translated:
    """A writer that raises StorageGone instead of the library's errors."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def write(self, buffer: bytes) -> int:
        with _translated():
            return await self._writer.write(buffer)


async def _read(stream: Any) -> AsyncGenerator[bytes]:
    try:
        with _translated():
            async for piece in stream:
                yield bytes(piece)
    finally:
        # Closes the file now: the frames of a canceled request stay alive with its error until garbage collection.
        stream = None


@contextmanager
def _translated(*, finds: bool = False) -> Iterator[None]:
    """Raises StorageGone for the library's errors; with `finds`, FileNotFoundError is raised unchanged."""
    # Also for refused credentials and a missing bucket: a person will mend these, and a recording must not be given up
    # because of them. The library raises its own errors, which are no OSErrors, and OSErrors.
    try:
        yield
    except (BaseError, OSError) as error:
        if finds and isinstance(error, FileNotFoundError):
            raise
        raise StorageGone(str(error).partition("\n")[0]) from error


def _delete_unfinished(folder: Path, before: float) -> int:
    count = 0
    for path in folder.glob(UNFINISHED):
        with contextlib.suppress(FileNotFoundError):  # finished meanwhile
            if path.stat().st_mtime < before:
                path.unlink()
                count += 1
    return count
