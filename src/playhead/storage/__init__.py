"""Stores recordings by key in a folder or an object store, each in one piece or appended to as it comes.

`files` appends to a file, `parts` reads a recording that is in parts, `sending` appends parts to one.
"""

from playhead.storage.errors import StorageGone, Superseded, WrongOffset
from playhead.storage.sending import PART_BYTES
from playhead.storage.storage import CHUNK_BYTES, UNFINISHED, Appender, Storage, Writer

__all__ = [
    "CHUNK_BYTES",
    "PART_BYTES",
    "UNFINISHED",
    "Appender",
    "Storage",
    "StorageGone",
    "Superseded",
    "Writer",
    "WrongOffset",
]
