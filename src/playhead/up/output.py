"""Writes all output of a part to its log file, and shows warnings and errors on the terminal."""

import asyncio
import contextlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

Shown = Literal["all", "warnings", "nothing"]

LOG_BYTES = 5 * 1024 * 1024
"""A log of this size is renamed to `….log.1` and a new one begins: both of a part take twice that at most."""
CHUNK_BYTES = 65536
RECORD = re.compile(r"\d{4}-\d\d-\d\d[T ]|\{")
"""The beginning of a log record in both our formats; any other line continues the record before it (a traceback)."""
WARNING = re.compile(r'\[(warning|error|critical)\s*\]|"level": ?"(warning|error|critical)"')


class Output:
    """Reads one part's output from a pipe.

    Args:
        path: the log file.
        show: shows a line on the terminal.
        shown: which lines are shown; the traceback after a warning counts as part of it.
        log_bytes: size at which the log is rotated.
    """

    def __init__(self, path: Path, show: Callable[[str], None], shown: Shown, log_bytes: int = LOG_BYTES) -> None:
        self.path = path
        self.last = ""
        """The last line that is not empty: the reason, when a part ends by itself."""
        self._show = show
        self._shown = shown
        self._is_warning = False
        self._rest = b""
        self._pipe: int | None = None
        self._log_bytes = log_bytes
        path.parent.mkdir(parents=True, exist_ok=True)
        self._log = path.open("ab", buffering=0)

    def open(self) -> int:
        """Starts reading; returns the descriptor that the part writes to, which the caller closes after the start."""
        self.finish()
        self._is_warning = False
        self._pipe, write = os.pipe()
        os.set_blocking(self._pipe, False)
        asyncio.get_running_loop().add_reader(self._pipe, self._read)
        return write

    def finish(self) -> None:
        """Reads what is left in the pipe and closes it."""
        while self._read():
            pass
        self._close_pipe()

    def close(self) -> None:
        self.finish()
        self._log.close()

    def _read(self) -> bool:
        """Read the next chunk; False when there is none now."""
        if self._pipe is None:
            return False
        try:
            chunk = os.read(self._pipe, CHUNK_BYTES)
        except BlockingIOError:
            return False
        if not chunk:
            self._close_pipe()
            return False
        if self._log.tell() >= self._log_bytes:
            self._rotate()
        with contextlib.suppress(OSError):  # a full disk loses lines of the log, but does not stop the part
            self._log.write(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._handle_line(line.decode(errors="replace").rstrip())
        return True

    def _rotate(self) -> None:
        """Begin a new file; if that fails, the old one grows and no line is lost."""
        with contextlib.suppress(FileNotFoundError):  # somebody deleted it
            self.path.replace(self.path.with_suffix(".log.1"))
        with contextlib.suppress(OSError):
            fresh = self.path.open("ab", buffering=0)
            self._log.close()
            self._log = fresh

    def _close_pipe(self) -> None:
        if self._pipe is not None:
            asyncio.get_running_loop().remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = None

    def _handle_line(self, line: str) -> None:
        if not line:
            return
        self.last = line
        if RECORD.match(line):
            self._is_warning = bool(WARNING.search(line))
        if self._shown == "all" or (self._shown == "warnings" and self._is_warning):
            self._show(line)
