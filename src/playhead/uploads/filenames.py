"""Cleans a client's file name for display. It is never used as a path: storage keys are made by the server."""

import unicodedata
from pathlib import PurePosixPath

from playhead.text import JOINERS

MAX_LENGTH = 255
"""The limit of file systems, and of the table's column."""


def clean(name: str) -> str:
    """The last part of a POSIX or Windows path, without control, direction and private-use characters; never empty."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C" or letter in JOINERS)
    shown = shown.strip().strip(JOINERS).strip().lstrip("." + JOINERS)
    if len(shown) > MAX_LENGTH:
        suffix = PurePosixPath(shown).suffix[:16]
        shown = shown[: MAX_LENGTH - len(suffix)] + suffix
    return shown or "audio"
