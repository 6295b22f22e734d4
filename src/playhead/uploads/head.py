"""Recognises a recording by its first bytes, as they come."""

from playhead.errors import Problem
from playhead.formats import containers

FIRST_LOOK_BYTES = 64
"""Most containers are recognised by these; more is read only where they are not enough."""


class Head:
    """The first bytes of a file, of which a part may have come earlier."""

    def __init__(self, stored: bytes = b"") -> None:
        self._bytes, self._looked = b"", 0
        self.is_recognised = False
        if stored:
            self.add(stored)

    def add(self, data: bytes, *, is_last: bool = False) -> None:
        """The next bytes came; `is_last`: the file ends with them.

        Raises:
            Problem: 400 `empty_file`; 415 `unsupported_media`.
        """
        if self.is_recognised:
            return
        self._bytes += data[: containers.HEAD_BYTES - len(self._bytes)]
        size = len(self._bytes)
        is_whole = is_last or size == containers.HEAD_BYTES
        if is_last and not size:
            raise Problem(400, "empty_file", "The file is empty.")
        if is_whole or size >= max(FIRST_LOOK_BYTES, 2 * self._looked):  # a client of single bytes costs no more
            self._looked = size
            self.is_recognised = containers.container_of(self._bytes) is not None
        if is_whole and not self.is_recognised:
            raise Problem(415, "unsupported_media", f"This is not a recording that can be read: {containers.NAMES}.")
