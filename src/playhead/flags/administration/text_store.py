"""Flags that are kept as the text of a flags file, wherever that is: every change makes another text of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from playhead.flags.administration import edits
from playhead.flags.file.export import Export


class TextStore(ABC):
    """What a `Store` needs besides reading its text and replacing it."""

    @abstractmethod
    def read(self) -> Export:
        """The flags in force now."""

    @abstractmethod
    def _change(self, change: Callable[[Export], Export]) -> None:
        """Replace the flags by what `change` makes of them; changes made at the same moment come one after another."""

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
