"""A worker's copies of recordings that lie elsewhere: each is held by a lock, which ends with its process."""

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "playhead-audio-"
"""Ours alone: somebody may have put other files into the folder."""
FRESH_S = 60.0
"""A copy this young may not have its lock yet."""


@contextmanager
def copy_of(pieces: Iterable[bytes], folder: Path) -> Iterator[Path]:
    """The pieces as one file, which is gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=PREFIX) as copy:
        fcntl.flock(copy, fcntl.LOCK_EX)
        for piece in pieces:
            copy.write(piece)
        copy.flush()
        yield Path(copy.name)


def clear(folder: Path) -> int:
    """Remove the copies whose worker was killed; how many there were. To be called when a worker starts."""
    return sum(_removed(path) for path in folder.glob(f"{PREFIX}*"))


def _removed(path: Path) -> bool:
    try:
        # Whatever stands there: a FIFO is not waited for, a link not followed.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as copy:
            if not stat.S_ISREG(os.fstat(copy.fileno()).st_mode):
                return False
            fcntl.flock(copy, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - path.stat().st_mtime < FRESH_S:
                return False
            path.unlink()
    except OSError:  # in use, another's, or gone by itself
        return False
    return True
