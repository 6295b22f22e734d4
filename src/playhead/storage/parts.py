"""Recordings in parts: objects named by the offset at which each begins, under a key that ends with a slash.

An object store cannot append to an object, and a multipart upload is gone with the process that began it. So a
recording that is appended to is a row of objects, and what is stored of it is what a listing finds without a hole:

    audio/0193…/0000000000000000
    audio/0193…/0000000008388608
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

DIGITS = 16
"""Digits of an offset in a name: names sort like numbers up to 9 PB."""


@dataclass(frozen=True, slots=True)
class Part:
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Range:
    """The bytes `start` up to but excluding `stop` of an object."""

    path: str
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """What a listing found of a recording."""

    found: tuple[Part, ...]
    """The parts that follow each other from the first byte on."""
    has_hole: bool = False
    """Whether there are parts beyond: one in the middle has vanished."""

    @property
    def stored(self) -> int:
        return sum(part.size for part in self.found)

    def whole(self) -> Self:
        """Itself. Raises FileNotFoundError: there are no parts, or one is missing."""
        if not self.found or self.has_hole:
            raise FileNotFoundError("a part of the recording is missing" if self.found else "it has no parts")
        return self

    def between(self, start: int, stop: int | None) -> list[Range]:
        """The ranges that hold these bytes of the recording."""
        ranges, at = [], 0
        for part in self.found:
            begin, end = max(start - at, 0), part.size if stop is None else min(stop - at, part.size)
            if begin < end:
                ranges.append(Range(part.path, begin, end))
            at += part.size
        return ranges


def is_in_parts(key: str) -> bool:
    return key.endswith("/")


def path_of(key: str, start: int) -> str:
    """The path of the part of a recording that begins at `start`."""
    return f"{key}{start:0{DIGITS}}"


def key_of(path: str) -> str:
    """The key to which an object belongs: its own path, or of a part the recording's."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/" if len(name) == DIGITS and name.isdecimal() else path


def parts_of(key: str, objects: Iterable[Mapping[str, Any]]) -> Parts:
    """Put the objects under a key, each with its `path` and `size`, into their order.

    One that begins before the last one ends does not count: a superseded writer left it, or a part before it had
    vanished and was sent again.
    """
    sizes = {found["path"]: found["size"] for found in objects if key_of(found["path"]) == key}
    row: list[Part] = []
    end = 0
    for path in sorted(sizes):
        start = int(path.rpartition("/")[2])
        if start > end:
            return Parts(tuple(row), has_hole=True)
        if start == end and sizes[path]:
            row.append(Part(path, sizes[path]))
            end += sizes[path]
    return Parts(tuple(row))
