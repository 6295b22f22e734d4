"""Notes of uploads that did not end, so that the same command goes on with them: a small file for each.

They are in `$XDG_STATE_HOME/playhead/uploads` or `~/.local/state/playhead/uploads`, for their owner alone. A note is
replaced as a whole, so processes need no lock; the newest one that took an upload has it.
"""

import os
import secrets
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec

KEPT_S = 30 * 24 * 3600.0
"""A server keeps what is unfinished for days (`UPLOAD_KEEP_HOURS`), none for a month."""
MOST = 1000
"""Notes that are kept, the newest: more than a person may have unfinished uploads at ten sites."""


class _Note(msgspec.Struct):
    session: str
    run: str
    """Which process goes on with it."""


class Unfinished:
    """The note of one upload.

    Args:
        path: where it is; None: of what can be read only once, nothing is noted.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._run = secrets.token_hex(8)
        self.is_kept = False
        """Whether the same command would go on with it."""

    def take(self) -> str | None:
        """Go on with the upload if there is one: any other process leaves it. Returns the id of its session."""
        note = self._read()
        if note is None:
            return None
        self.keep(note.session)
        return note.session

    def keep(self, session_id: str) -> None:
        """Note an upload; without a place to write to it goes on all the same, in this process alone."""
        if self._path is None:
            return
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(self._path, msgspec.json.encode(_Note(session_id, self._run)))
            self.is_kept = True
            _tidy(self._path.parent)

    def taken_over(self) -> str | None:
        """The session that another process, which is newer, sends this file to; None: there is no such process."""
        note = self._read() if self.is_kept else None
        return note.session if note is not None and note.run != self._run else None

    def drop(self) -> None:
        """Forget the upload, unless another process has it."""
        if self._path is not None and self.taken_over() is None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
        self.is_kept = False

    def _read(self) -> _Note | None:
        if self._path is None:
            return None
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Note)
        except (OSError, msgspec.MsgspecError):
            return None


def path_of(path: Path, found: os.stat_result, server: str, credential: str, options: Mapping[str, str]) -> Path:
    """Where the note of this file for this server, person and choice is; a file that changed has another one."""
    facts = (
        os.fsencode(path.absolute()),
        found.st_size,
        found.st_mtime_ns,
        server,
        credential,
        sorted(options.items()),
    )
    return _folder() / sha256(msgspec.json.encode(facts)).hexdigest()


def _folder() -> Path:
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if Path(state).is_absolute() else Path.home() / ".local/state") / "playhead/uploads"


def _write(path: Path, content: bytes) -> None:
    """Replace a file as a whole; only its owner may read it."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _tidy(folder: Path) -> None:
    """Delete notes that are too old, or too many."""
    ages = {}
    for path in folder.iterdir():
        with suppress(OSError):  # deleted meanwhile
            ages[path] = time.time() - path.stat().st_mtime
    newest = sorted(ages, key=lambda path: ages[path])
    for number, path in enumerate(newest):
        if number >= MOST or ages[path] > KEPT_S:
            with suppress(OSError):
                path.unlink()
