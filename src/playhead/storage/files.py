"""Appends to a recording in a folder: the file's size is the offset, so that a killed process loses nothing.

Two writers cannot interleave, not even of two processes: each write holds the file's lock and first looks whether the
file still ends where this writer left it. A power cut may take what came since the last `close`. A client that asked
another process meanwhile was told of it all the same: then it learns the smaller size at its next request.
"""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playhead.storage.errors import Superseded, translated


class FileAppender:
    """Appends to a file of `stored` bytes, which is created if there is none; `sync` brings a file to the disk."""

    def __init__(self, path: Path, stored: int, sync: Callable[[int], None] = os.fsync) -> None:
        self.stored = stored
        self._path, self._began, self._sync = path, stored, sync
        self._file: int | None = None
        self._writing: asyncio.Task[None] | None = None

    async def write(self, data: bytes | memoryview) -> None:
        """Append to the file, also if the task is canceled meanwhile.

        Raises:
            Superseded: nothing of it is written.
            StorageGone: `stored` says how much of it is; a full disk took what fitted.
        """
        if not data:
            return
        # In a thread, because a busy disk blocks; a piece of 64 KiB takes 80 µs in place of 15 µs.
        self._writing = asyncio.create_task(asyncio.to_thread(self._append, data))
        await asyncio.shield(self._writing)

    async def close(self) -> None:
        """Bring everything written to the disk.

        Raises:
            StorageGone: it is cut off again, and counts as not written, unless another process has appended behind it.
        """
        if self._writing is not None:
            await asyncio.wait([self._writing])
        await asyncio.to_thread(self._close)

    def _append(self, data: bytes | memoryview) -> None:
        rest = memoryview(data)
        with translated(), self._locked() as file:
            while rest:
                written = os.write(file, rest)
                self.stored += written
                rest = rest[written:]

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Hold the lock, which other writers hold for one write only. Raises Superseded."""
        if self._file is None:
            self._file = self._opened()
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            found = os.fstat(self._file)
            if found.st_size != self.stored or not found.st_nlink:
                raise Superseded(f"{found.st_size} bytes and {found.st_nlink} names in place of {self.stored} and 1")
            yield self._file
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _opened(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        if not self.stored:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags |= os.O_CREAT
        try:
            return os.open(self._path, flags, 0o666)
        except FileNotFoundError:
            raise Superseded("the file was deleted") from None

    def _close(self) -> None:
        if self._file is None:
            return
        with translated():
            try:
                self._sync(self._file)
                if not self._began:
                    _sync_folder(self._path.parent)
            except OSError:
                # After a failed fsync nobody knows which pages are on the disk, and the next fsync may succeed.
                with contextlib.suppress(OSError, Superseded), self._locked() as file:
                    os.ftruncate(file, self._began)
                    self.stored = self._began
                raise
            finally:
                os.close(self._file)
                self._file = None


def _sync_folder(folder: Path) -> None:
    """Bring the name of a new file to the disk."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
