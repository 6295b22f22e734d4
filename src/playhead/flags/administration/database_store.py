"""Flags in the database that processes on several machines share: what is written is in force within 2 s."""

from collections.abc import Callable
from typing import Any

from playhead.flags.administration.store import checked
from playhead.flags.administration.text_store import TextStore
from playhead.flags.answers.source import DATABASE
from playhead.flags.file import documents
from playhead.flags.file.export import Export, read


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
