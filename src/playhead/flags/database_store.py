"""Flags in the database that processes on several machines share: what is written is in force within 2 s."""

from collections.abc import Callable
from typing import Any

from playhead.flags import documents, edits
from playhead.flags.export import Export, read
from playhead.flags.source import DATABASE
from playhead.flags.store import checked


class DatabaseStore:
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

    def archived(self) -> set[str]:
        return {feature.name for feature in self.read().features if feature.archived}

    def last_change(self, name: str) -> None:
        return None

    def turn(self, name: str, on: bool) -> None:
        self._change(lambda flags: edits.turned(flags, name, on))

    def roll_out(self, name: str, percent: int) -> None:
        self._change(lambda flags: edits.rolled_out(flags, name, percent))

    def bring(self, flags: Export) -> None:
        self._change(lambda present: edits.brought(present, flags))

    def _change(self, change: Callable[[Export], Export]) -> None:
        self._run(documents.change_flags, self._first, lambda text: checked(change(read(text.encode()))).decode())
