"""Reads the boxes of an MP4 or QuickTime file (ISO/IEC 14496-12)."""

import struct
from collections.abc import Iterator
from typing import BinaryIO, TypeAlias

MAX_BOXES = 20_000
"""Boxes read in a file. One with a hundred tracks has two thousand before the last edit list."""

Box: TypeAlias = tuple[bytes, int, int]
"""Its name, and the offsets where its content begins and ends."""


class Boxes:
    """Reads the boxes of a file, at most `MAX_BOXES`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = MAX_BOXES
        self.all: Box = (b"", 0, file.seek(0, 2))

    def inside(self, box: Box) -> Iterator[Box]:
        _, begin, end = box
        while begin + 8 <= end and self._left:
            self._left -= 1
            size, name = struct.unpack(">I4s", self.bytes(begin, 8))
            content = begin + 8
            if size == 1:
                size, content = int.from_bytes(self.bytes(content, 8)), content + 8
            following = end if size == 0 else begin + size
            if not content <= following <= end:
                return
            yield name, content, following
            begin = following

    def find(self, box: Box, *names: bytes) -> Box | None:
        """The first box at a path of names, each inside the one before."""
        for name in names:
            found = next((inner for inner in self.inside(box) if inner[0] == name), None)
            if found is None:
                return None
            box = found
        return box

    def track(self, movie: Box, number: int) -> Box | None:
        """The track with this number, as in `tkhd`."""
        tracks = (box for box in self.inside(movie) if box[0] == b"trak")
        return next((box for box in tracks if self.number(self.find(box, b"tkhd")) == number), None)

    def bytes(self, begin: int, size: int) -> bytes:
        """Reads `size` bytes; zeros after the end of the file."""
        self._file.seek(begin)
        return self._file.read(size).ljust(size, b"\0")

    def number(self, box: Box | None) -> int:
        """The number after the two dates: the time scale in `mvhd` and `mdhd`, the track's number in `tkhd`."""
        if box is None:
            return 0
        _, begin, _ = box
        return int.from_bytes(self.bytes(begin + (20 if self.bytes(begin, 1)[0] == 1 else 12), 4))
