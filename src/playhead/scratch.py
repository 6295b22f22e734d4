"""Manages a worker's local copies of recordings: each has a lock, which the system releases when the process ends."""

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "playhead-audio-"
"""Prefix of our copies: the folder may contain other files."""
FRESH_S = 60.0
"""A younger copy may not have its lock yet."""


@contextmanager
def copy_of(pieces: Iterable[bytes], folder: Path) -> Iterator[Path]:
    """Writes the pieces to a file, which is deleted after the block."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=PREFIX) as copy:
        fcntl.flock(copy, fcntl.LOCK_EX)
        for piece in pieces:
            copy.write(piece)
        copy.flush()
        yield Path(copy.name)


def clear(folder: Path) -> int:
    """Deletes the copies of killed workers, at a worker's start; returns their number."""
    return sum(_removed(path) for path in folder.glob(f"{PREFIX}*"))


def _removed(path: Path) -> bool:
    try:
        # Does not wait for a FIFO, nor follow a link.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as copy:
            if not stat.S_ISREG(os.fstat(copy.fileno()).st_mode):
                return False
            fcntl.flock(copy, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - path.stat().st_mtime < FRESH_S:
                return False
            path.unlink()
    except OSError:  # in use, of another user, or deleted meanwhile
        return False
    return True
