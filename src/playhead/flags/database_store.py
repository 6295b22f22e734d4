"""Flags in the database that processes on several machines share: what is written is in force within 2 s."""

from collections.abc import Callable
from typing import Any

from playhead.flags import documents
from playhead.flags.export import Export, read
from playhead.flags.source import DATABASE
from playhead.flags.store import checked
from playhead.flags.text_store import TextStore


class DatabaseStore(TextStore):
    """Changes made at the same moment come one after another: each begins with what the last one wrote."""

    kind = DATABASE

    def __init__(self, run: Callable[..., Any], first: str, place: str) -> None:
        """`run` is a database's; `first` are the flags where there are none yet."""
        self._run = run
        self._first = first
        self._place = place

    @property
    def place(self) -> str:
        return self._place

    def read(self) -> Export:
        return read(self._run(documents.shared, self._first).flags.encode())

    def _change(self, change: Callable[[Export], Export]) -> None:
        self._run(documents.change_flags, self._first, lambda text: checked(change(read(text.encode()))).decode())
