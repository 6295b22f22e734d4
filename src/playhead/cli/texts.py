"""Where transcripts go: to stdout in the order of the files, or into files of their own."""

import itertools
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from playhead.cli.recordings import Recording
from playhead.formats.containers import stem_of


class Texts(Protocol):
    """Takes each text once it is there."""

    def present(self, number: int) -> Path | None:
        """A recording's file, by its place among them, if it is there and is left as it is."""

    def take(self, number: int, text: str | None) -> None:
        """Take a text; None: there is none. Raises OSError."""


class Printed:
    """Prints texts in the order of the recordings, each with a heading if there are several."""

    def __init__(self, recordings: Sequence[Recording], write: Callable[[str], None], *, headed: bool) -> None:
        self._recordings, self._write, self._headed = recordings, write, headed
        self._waiting: dict[int, str | None] = {}
        self._next = 0
        self._separator = ""

    def present(self, number: int) -> None:
        return None

    def take(self, number: int, text: str | None) -> None:
        self._waiting[number] = text
        while self._next in self._waiting:
            self._print(self._waiting.pop(self._next))
            self._next += 1

    def _print(self, text: str | None) -> None:
        if text is None:
            return
        heading = f"{self._separator}==> {self._recordings[self._next].label} <==\n" if self._headed else ""
        self._write(heading + text)
        self._separator = "\n"


class Written:
    """Writes each text into a file that is named after its recording.

    Args:
        recordings: all of them.
        form: the ending of the files.
        folder: where they are; None: beside the recordings.
        overwrite: whether those that are there are written again.
    """

    def __init__(
        self, recordings: Sequence[Recording], form: str, folder: Path | None, *, overwrite: bool = False
    ) -> None:
        self._overwrite = overwrite
        self._targets: list[Path] = []
        taken: set[str] = set()
        for recording in recordings:
            where = _folder_of(recording, folder)
            free = (where / name for name in _names(recording.file_name, form))
            target = next(path for path in free if str(path).casefold() not in taken)
            taken.add(str(target).casefold())
            self._targets.append(target)

    def present(self, number: int) -> Path | None:
        target = self._targets[number]
        return target if target.exists() and not self._overwrite else None

    def take(self, number: int, text: str | None) -> None:
        if text is not None:
            _write(self._targets[number], text)


def _folder_of(recording: Recording, folder: Path | None) -> Path:
    if folder is not None:
        return folder / recording.folder
    return Path() if recording.path is None else recording.path.parent


def _names(name: str, form: str) -> Iterator[str]:
    """Names to try: `talk.txt`, then for another recording of that stem `talk.mp3.txt`, then `talk.mp3 (2).txt`."""
    yield f"{stem_of(name)}.{form}"
    yield f"{name}.{form}"
    for number in itertools.count(2):
        yield f"{name} ({number}).{form}"


def _write(target: Path, text: str) -> None:
    """Write a file whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        unfinished.write_text(text + "\n", encoding="utf-8")
        unfinished.replace(target)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise
