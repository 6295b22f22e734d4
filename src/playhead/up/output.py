"""What a part prints: all of it into its log file, and what a person should see onto the terminal."""

import asyncio
import contextlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

Shows = Literal["all", "grave", "nothing"]

LOG_BYTES = 5 * 1024 * 1024
"""A log that reaches it becomes `….log.1`, and a new one begins: both of a part take twice that at most."""
CHUNK_BYTES = 65536
RECORD = re.compile(r"\d{4}-\d\d-\d\d[T ]|\{")
"""How a record of ours begins, in both formats; any other line goes on with the one before (a traceback)."""
GRAVE = re.compile(r'\[(warning|error|critical)\s*\]|"level": ?"(warning|error|critical)"')


class Output:
    """One part's output, read from a pipe as it comes."""

    def __init__(self, path: Path, show: Callable[[str], None], shows: Shows, log_bytes: int = LOG_BYTES) -> None:
        self.path = path
        self.last = ""
        """The last line that said anything: the reason, when a part ends by itself."""
        self._show = show
        self._shows = shows
        self._grave = False
        self._rest = b""
        self._pipe: int | None = None
        self._log_bytes = log_bytes
        path.parent.mkdir(parents=True, exist_ok=True)
        self._log = path.open("ab", buffering=0)

    def open(self) -> int:
        """Begin to read; the descriptor is what a part writes to, and is closed by the caller once the part has it."""
        self.finish()
        self._grave = False
        self._pipe, write = os.pipe()
        os.set_blocking(self._pipe, False)
        asyncio.get_running_loop().add_reader(self._pipe, self._read)
        return write

    def finish(self) -> None:
        """Take what is left in the pipe, and let go of it."""
        while self._read():
            pass
        self._let_go()

    def close(self) -> None:
        self.finish()
        self._log.close()

    def _read(self) -> bool:
        """Take the next chunk; False when there is none now."""
        if self._pipe is None:
            return False
        try:
            chunk = os.read(self._pipe, CHUNK_BYTES)
        except BlockingIOError:
            return False
        if not chunk:
            self._let_go()
            return False
        if self._log.tell() >= self._log_bytes:
            self._rotate()
        with contextlib.suppress(OSError):  # a full disk costs lines of the log, and not the part that says them
            self._log.write(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._take(line.decode(errors="replace").rstrip())
        return True

    def _rotate(self) -> None:
        """Begin a new file. Where that fails, the old one grows: nothing that a part says is lost for it."""
        with contextlib.suppress(FileNotFoundError):  # somebody deleted it
            self.path.replace(self.path.with_suffix(".log.1"))
        with contextlib.suppress(OSError):
            fresh = self.path.open("ab", buffering=0)
            self._log.close()
            self._log = fresh

    def _let_go(self) -> None:
        if self._pipe is not None:
            asyncio.get_running_loop().remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = None

    def _take(self, line: str) -> None:
        if not line:
            return
        self.last = line
        if RECORD.match(line):
            self._grave = bool(GRAVE.search(line))
        if self._shows == "all" or (self._shows == "grave" and self._grave):
            self._show(line)
