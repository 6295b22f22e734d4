"""The store of flags that processes on several machines share in a database: a change is in force within 2 s."""

from collections.abc import Callable
from typing import Any

from playhead.flags.administration.store import checked
from playhead.flags.administration.text_store import TextStore
from playhead.flags.answers.source import DATABASE
from playhead.flags.file import documents
from playhead.flags.file.export import Export, read


class DatabaseStore(TextStore):
    """Concurrent changes run one after another: each begins with the result of the one before."""

    kind = DATABASE

    def __init__(self, run: Callable[..., Any], first: str, location: str) -> None:
        """
        Args:
            run: as `SyncDatabase.run`.
            first: the text to begin with if the database has no flags yet.
            location: the name of the database, for people.
        """
        self._run = run
        self._first = first
        self._location = location

    @property
    def location(self) -> str:
        return self._location

    def read(self) -> Export:
        return read(self._run(documents.shared, self._first).flags.encode())

    def _change(self, change: Callable[[Export], Export]) -> None:
        self._run(documents.change_flags, self._first, lambda text: checked(change(read(text.encode()))).decode())
