"""A client's file name, made fit to be shown and kept. It never becomes a path: keys in storage are ours."""

import unicodedata
from pathlib import PurePosixPath

MAX_LENGTH = 255
"""What file systems take, and the table's column."""


def clean(name: str) -> str:
    """The last part of a path of either kind, without control, direction and private characters; never empty."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip().lstrip(".")
    if len(shown) > MAX_LENGTH:
        suffix = PurePosixPath(shown).suffix[:16]
        shown = shown[: MAX_LENGTH - len(suffix)] + suffix
    return shown or "audio"
