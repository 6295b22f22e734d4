"""Watches which files of a folder are opened by anybody (Linux: inotify)."""

import ctypes
import os
import struct
from pathlib import Path
from types import TracebackType

IN_OPEN = 0x20
_EVENT = struct.Struct("iIII")
_ROOM = 64 * 1024
"""Bytes of one read: some thousand events."""


class Opened:
    """A context in which the files that are opened are noted; the folder itself counts with an empty name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> "Opened":
        libc = ctypes.CDLL(None, use_errno=True)
        self._watch = libc.inotify_init1(os.O_NONBLOCK)
        if self._watch < 0 or libc.inotify_add_watch(self._watch, os.fsencode(self._folder), IN_OPEN) < 0:
            raise OSError(ctypes.get_errno(), "inotify")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._watch)

    def names(self) -> set[str]:
        """The names of the files that were opened since the last call."""
        try:
            events = os.read(self._watch, _ROOM)
        except BlockingIOError:
            return set()
        found, at = set(), 0
        while at < len(events):
            *_, size = _EVENT.unpack_from(events, at)
            at += _EVENT.size
            found.add(events[at : at + size].rstrip(b"\0").decode())
            at += size
        return found
