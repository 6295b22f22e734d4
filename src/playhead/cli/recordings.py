"""Finds the recordings that a command line names: files, those of folders, and standard input."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfileobj
from typing import IO

from playhead.errors import Problem
from playhead.formats.containers import EXTENSIONS, HEAD_BYTES, NAMES, SOURCE_EXTENSIONS, container_of
from playhead.text import one_line

STDIN = Path("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A file to be transcribed."""

    label: str
    """For people: as it was named, or found."""
    name: str
    """For the server."""
    path: Path | None = None
    """None: standard input."""
    folder: Path = field(default_factory=Path)
    """Where it was found in a folder that was named."""
    spool: IO[bytes] | None = None
    """What came by standard input."""

    @property
    def file_name(self) -> str:
        return self.path.name if self.path is not None else self.name

    def open(self) -> AbstractContextManager[IO[bytes]]:
        """Open it at its beginning, as often as needed. Raises OSError."""
        if self.path is not None:
            return self.path.open("rb")
        assert self.spool is not None
        self.spool.seek(0)
        return nullcontext(self.spool)


def find(
    paths: Iterable[Path],
    report: Callable[[str], None],
    opened: ExitStack,
    *,
    recursive: bool = False,
    stdin: IO[bytes] | None = None,
) -> list[Recording]:
    """The recordings of all paths.

    Args:
        paths: files, folders, and `-` for standard input.
        report: called with a sentence for each that cannot be read.
        opened: closes what was opened.
        recursive: whether recordings in the folders of a folder are taken, too.
        stdin: read for `-`; that of the process if left out.
    """
    found: list[Recording] = []
    for path in paths:
        label = of_file(path).label
        try:
            if path == STDIN:
                found.append(of_stdin(stdin or sys.stdin.buffer, opened))
            elif path.is_dir():
                inside = list(of_folder(path, lambda error: report(_unread(error)), recursive=recursive))
                found += inside
                if not inside:
                    report(f"{label}: There are no recordings in this folder.")
            elif path.exists():
                found.append(of_file(path))
            else:
                report(f"{label}: There is no such file.")
        except Problem as refusal:
            report(refusal.detail)
    return found


def _unread(error: OSError) -> str:
    return f"{of_file(Path(error.filename)).label}: It cannot be read: {error.strerror}."


def of_file(path: Path, folder: Path = Path()) -> Recording:
    name = os.fsencode(path.name).decode(errors="replace")
    label = os.fsencode(path).decode(errors="replace")
    return Recording(label=one_line(label), name=name, path=path, folder=folder)


def of_folder(folder: Path, on_error: Callable[[OSError], None], *, recursive: bool) -> Iterator[Recording]:
    """The recordings of a folder by name, without what is hidden; `recursive`: also those of the folders in it."""
    for where, folders, names in os.walk(folder, onerror=on_error):
        folders[:] = sorted(name for name in folders if recursive and not name.startswith("."))
        for name in sorted(names):
            path = Path(where, name)
            if not name.startswith(".") and _is_recording(path):
                yield of_file(path, path.parent.relative_to(folder))


def of_stdin(stream: IO[bytes], opened: ExitStack) -> Recording:
    """What comes in, kept in a file without a name, so that it can be sent again.

    Raises:
        Problem: it is empty, no recording, or a terminal.
    """
    if stream.isatty():
        raise Problem(400, "no_file", "Standard input is a terminal: let a program write a recording to it.")
    head = stream.read(HEAD_BYTES)
    container = container_of(head)
    if not head:
        raise Problem(400, "empty_file", "Nothing came by standard input.")
    if container is None:
        raise Problem(
            415, "unsupported_media", f"What came by standard input is no recording that can be read: {NAMES}."
        )
    spool = opened.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack is its context
    spool.write(head)
    copyfileobj(stream, spool)
    return Recording(label="standard input", name=f"recording.{container.extensions[0]}", spool=spool)


def _is_recording(path: Path) -> bool:
    """By its ending, and where sources have it, too, by its content."""
    extension = path.suffix[1:].lower()
    if extension not in EXTENSIONS or not path.is_file():
        return False
    if extension not in SOURCE_EXTENSIONS:
        return True
    try:
        with path.open("rb") as file:
            return container_of(file.read(HEAD_BYTES)) is not None
    except OSError:
        return False
