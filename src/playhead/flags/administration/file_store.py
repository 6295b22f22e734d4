"""The store of flags in a file that the running processes read: a change is in force within a second."""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playhead.flags.administration.store import Refusal, checked
from playhead.flags.administration.text_store import TextStore
from playhead.flags.answers.source import FILE
from playhead.flags.file.export import Export, read


class Owners:
    """Reads and sets the owner of a file, by the ids of a user and a group."""

    def of(self, path: Path) -> tuple[int, int]:
        found = path.stat()
        return found.st_uid, found.st_gid

    def give(self, path: Path, owner: tuple[int, int]) -> None:
        """Raises PermissionError; only root may give a file to any user."""
        os.chown(path, *owner)


class FileStore(TextStore):
    """Every write replaces the whole file, in normal form. Concurrent changes run one after another."""

    def __init__(self, path: Path, owners: Owners = Owners()) -> None:
        self._path = path
        self._owners = owners

    kind = FILE

    @property
    def location(self) -> str:
        return f"the file {self._path}"

    def read(self) -> Export:
        try:
            return read(self._path.read_bytes())
        except OSError as error:
            raise Refusal(f"The file {self._path} cannot be read: {error.strerror}.") from None

    def write(self, flags: Export) -> None:
        """Replace all flags of the file by these.

        Raises:
            MalformedFlags: no source would accept them; the file stays as it is.
            Refusal: the file cannot be written, or its readers could not read it any more.
        """
        text = checked(flags)
        with self._writing():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with _alone(self._file):
                _replace(self._file, text, self._owners)

    def _change(self, change: Callable[[Export], Export]) -> None:
        with self._writing(), _alone(self._file):
            _replace(self._file, checked(change(self.read())), self._owners)

    @property
    def _file(self) -> Path:
        return self._path.resolve()  # a link stays a link

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Refusal(f"The file {self._path} cannot be written: {error.strerror}.") from None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock for the few milliseconds of a change, so that each begins with the result of the one before.

    The folder is locked: the file itself is replaced, and a lock file would stay, owned by whoever came first.
    """
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some network file systems cannot lock a folder: then the later one wins
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _replace(path: Path, text: bytes, owners: Owners) -> None:
    """Replace the file atomically, with the same owner, group and permissions.

    Raises:
        Refusal: they cannot stay the same, and the readers of the file could not read it any more.
    """
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        fresh.write_bytes(text)
        if path.exists():
            mode = path.stat().st_mode
            if not _given(fresh, owners.of(path), owners) and not mode & stat.S_IROTH:
                raise Refusal(
                    f"The file {path} belongs to another user or group, who could not read it after a change of yours:"
                    " make it as that user."
                )
            fresh.chmod(stat.S_IMODE(mode))
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise


def _given(fresh: Path, owner: tuple[int, int], owners: Owners) -> bool:
    if owners.of(fresh) != owner:
        try:
            owners.give(fresh, owner)
        except OSError:
            return False
    return True
