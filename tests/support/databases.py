"""Real databases that fail for the queries a test names, and what listens to the statements of one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

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


class CutDatabase(Database):
    """An async database that counts its queries, and can be lost at one of them."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.queries = 0
        self._cut: int | None = None
        self._is_done = False

    def cut(self, query: int, *, is_done: bool) -> None:
        """Lose it at the query with this number, before or after it is done, and until `mend`."""
        self._cut, self._is_done = query, is_done

    def mend(self) -> None:
        self._cut = None

    async def run(self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.queries += 1
        is_lost = self._cut is not None and self.queries >= self._cut
        if is_lost and not (self._is_done and self.queries == self._cut):
            raise DatabaseGone("it was switched off")
        result = await super().run(query, *args, **kwargs)
        if is_lost:
            raise DatabaseGone("it was switched off")
        return result


@contextmanager
def listening(database: SyncDatabase, name: str, listener: Callable[..., Any]) -> Iterator[None]:
    """Calls `listener` at each SQLAlchemy event `name` of the database's engine, until the end of the block."""
    event.listen(database.engine, name, listener)
    try:
        yield
    finally:
        event.remove(database.engine, name, listener)
