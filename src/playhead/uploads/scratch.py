"""A worker's copies of recordings that lie elsewhere: each is held by a lock, which ends with its process."""

import fcntl
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "playhead-audio-"
"""Ours alone: the folder may be the machine's own for temporary files."""
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
        with path.open("rb") as copy:
            fcntl.flock(copy, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - path.stat().st_mtime < FRESH_S:
                return False
            path.unlink()
    except OSError:  # in use, another's, or gone by itself
        return False
    return True
