"""Real databases that fail for the queries a test names."""

from collections.abc import Callable
from typing import Any

from playhead.db import Database, DatabaseGone, P, Query, SyncDatabase, T


class FlakyDatabase(Database):
    """An async database; a query in `away` raises DatabaseGone."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.away: set[Callable[..., Any]] = set()

    async def run(self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if query in self.away:
            raise DatabaseGone("it was switched off")
        return await super().run(query, *args, **kwargs)


class FlakySyncDatabase(SyncDatabase):
    """A sync database; a query in `away` raises DatabaseGone, and is counted."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.away: set[Callable[..., Any]] = set()
        self.refused = 0

    def run(self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if query in self.away:
            self.refused += 1
            raise DatabaseGone("it was switched off")
        return super().run(query, *args, **kwargs)
