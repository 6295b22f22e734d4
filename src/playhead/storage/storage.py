"""Stores recordings by key in a folder or an object store. Keys are generated here, never by a client."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
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
from playhead.storage.errors import StorageGone, Superseded, WrongOffset, translated
from playhead.storage.files import FileAppender
from playhead.storage.parts import Parts, Range, is_in_parts, key_of, parts_of
from playhead.storage.sending import PART_BYTES, PartsAppender

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


class Writer(Protocol):
    async def write(self, buffer: bytes, /) -> int: ...


class Appender(Protocol):
    @property
    def stored(self) -> int:
        """The bytes of the recording that are safe now, also if the process is killed."""

    async def write(self, data: bytes | memoryview, /) -> None:
        """Append to the recording. Raises Superseded, StorageGone."""


class Storage:
    """Stores files by key: in one piece, or as a row of parts where the key ends with a slash.

    Every method except `local_copy` is for the event loop; each may raise StorageGone.
    """

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
        with translated():
            return shutil.disk_usage(self._folder).free

    @asynccontextmanager
    async def writer(self, key: str) -> AsyncIterator[Writer]:
        """Writes a file in pieces; it exists once the block ends, and nothing remains if the block raises."""
        opened = obstore.open_writer_async(self._store, key, buffer_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
        writer = await opened.__aenter__()
        try:
            yield _Translated(writer)
        except BaseException as error:  # raised by the block: not to be translated into StorageGone
            with translated():
                await opened.__aexit__(type(error), error, error.__traceback__)
            raise
        with translated():
            await opened.__aexit__(None, None, None)

    def appendable(self, key: str) -> str:
        """The key under which a file is appended to: its own in a folder, else with a slash, as a row of parts."""
        return key if self._folder is not None else f"{key}/"

    async def stored(self, key: str) -> int:
        """The bytes of a file that are there, up to the first hole; 0 if it does not exist."""
        if is_in_parts(key):
            return (await self._parts(key)).stored
        try:
            return await self.size(key)
        except FileNotFoundError:
            return 0

    @asynccontextmanager
    async def append(self, key: str, offset: int) -> AsyncIterator[Appender]:
        """Appends to a file that ends at `offset`. What was written is stored once the block ends, however it ends.

        If the block raises, or its task is canceled, a failure to store the rest is not raised: `stored` has what is
        there.

        Raises:
            WrongOffset: the file ends elsewhere.
            Superseded: somebody else has appended meanwhile, or deleted the file.
        """
        appender: FileAppender | PartsAppender
        if is_in_parts(key):
            appender = PartsAppender(self._store, key, await self._parts(key))
        elif self._folder is not None:
            appender = FileAppender(self._folder / key, await self.stored(key))
        else:
            raise StorageGone("a file that was begun in a folder cannot be appended to in a bucket")
        if appender.stored != offset:
            raise WrongOffset(appender.stored)
        try:
            yield appender
        except BaseException:
            with contextlib.suppress(StorageGone, Superseded):
                await _finished(appender.close())
            raise
        await _finished(appender.close())

    async def size(self, key: str) -> int:
        """The size of a file in bytes. Raises FileNotFoundError."""
        with translated(finds=True):
            if is_in_parts(key):
                return (await self._parts(key)).whole().stored
            return (await obstore.head_async(self._store, key))["size"]

    async def stream(self, key: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes]:
        """Reads the bytes from `start` up to but excluding `stop`. Raises FileNotFoundError before the first piece."""
        with translated(finds=True):
            ranges = [Range(key, start, stop)]
            if is_in_parts(key):
                ranges = (await self._parts(key)).whole().between(start, stop)
            first = await _opened(self._store, ranges[0]) if ranges else None
        return _read(self._store, first, ranges[1:])

    async def delete(self, key: str) -> None:
        """Deletes a file if it exists."""
        try:
            with translated(finds=True):
                if is_in_parts(key):
                    if paths := [found["path"] async for batch in obstore.list(self._store, key) for found in batch]:
                        await obstore.delete_async(self._store, paths)
                else:
                    await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return

    async def keys(self, folder: str, before: datetime) -> AsyncIterator[list[str]]:
        """Lists the keys under `folder` of which something was last written before that moment, in batches."""
        last = ""
        with translated():
            async for batch in obstore.list(self._store, prefix=folder):
                old = dict.fromkeys(key_of(found["path"]) for found in batch if found["last_modified"] < before)
                old.pop(last, None)  # its parts are listed together, but not all in one batch
                last = next(reversed(old), last)
                yield list(old)

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
        if self._folder is not None and not is_in_parts(key):
            with translated(finds=True):
                obstore.head(self._store, key)
            yield self._folder / key
            return
        with copies.copy_of(self._pieces(key, on_piece), scratch) as path:
            yield path

    def _pieces(self, key: str, on_piece: Callable[[], None]) -> Iterator[bytes]:
        with translated(finds=True):
            paths = [key]
            if is_in_parts(key):
                listed = [found for batch in obstore.list(self._store, key) for found in batch]
                paths = [part.path for part in parts_of(key, listed).whole().found]
            for path in paths:
                for piece in obstore.get(self._store, path).stream(min_chunk_size=CHUNK_BYTES):
                    on_piece()
                    yield bytes(piece)

    async def _parts(self, key: str) -> Parts:
        with translated():
            return parts_of(key, [found async for batch in obstore.list(self._store, key) for found in batch])


class _Translated:
    """A writer that raises StorageGone instead of the library's errors."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def write(self, buffer: bytes) -> int:
        with translated():
            return await self._writer.write(buffer)


async def _finished(closing: Coroutine[Any, Any, None]) -> None:
    """Wait until it has ended, also if the task is canceled meanwhile."""
    task = asyncio.create_task(closing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _opened(store: ObjectStore, part: Range) -> Any:
    options: Any = None
    if part.stop is not None:
        options = {"range": (part.start, part.stop)}
    elif part.start:
        options = {"range": {"offset": part.start}}
    return (await obstore.get_async(store, part.path, options=options)).stream(min_chunk_size=CHUNK_BYTES)


async def _read(store: ObjectStore, stream: Any, rest: list[Range]) -> AsyncGenerator[bytes]:
    try:
        with translated():
            while stream is not None:
                async for piece in stream:
                    yield bytes(piece)
                stream = await _opened(store, rest.pop(0)) if rest else None
    finally:
        # Closes the file now: the frames of a canceled request stay alive with its error until garbage collection.
        stream = None


def _delete_unfinished(folder: Path, before: float) -> int:
    count = 0
    for path in folder.glob(UNFINISHED):
        with contextlib.suppress(FileNotFoundError):  # finished meanwhile
            if path.stat().st_mtime < before:
                path.unlink()
                count += 1
    return count
