"""Checks that this release works with the database's schema revision, because a deploy does not wait for the migration.

Alembic is not imported: that would take a tenth of each start. A revision is the number at the beginning of its file's
name.
"""

import asyncio
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from playhead import log
from playhead.db import Database, DatabaseError, SyncDatabase

VERSIONS = Path(__file__).parent / "migrations" / "versions"
NEWEST = max(int(file.name[:4]) for file in VERSIONS.glob("[0-9]*.py"))
"""The newest revision of this release."""
AHEAD_MAX = 4
"""How many revisions newer the tables may be: as many as one release brings at most. Each migration is safe for the
code before it (`tests/contract/databases/test_migrations.py`), so that an older process can restart after them."""
WAIT_S = 5.0
"""Interval between two checks of tables that do not fit: a migration takes seconds."""
GONE_S = 1.0
"""Interval between two checks while the database is unreachable."""


class Misfit(Exception):
    """The tables are too old or too new for this release; the message is one sentence."""


def revision(connection: Connection) -> int:
    """Reads the revision of the tables; 0 without tables."""
    if not inspect(connection).has_table("alembic_version"):
        return 0
    return int(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or 0)


def check(found: int, newest: int = NEWEST) -> None:
    """Compares a revision with this release's. Raises Misfit."""
    if found < newest:
        raise Misfit(f"the tables are of revision {found}, older than this release's {newest}: run playhead migrate")
    if found > newest + AHEAD_MAX:
        raise Misfit(f"the tables are of revision {found}, newer than this release's {newest}: deploy a newer release")


def check_of(database: SyncDatabase) -> None:
    """Checks the tables of a worker's database. Raises Misfit, DatabaseGone."""
    check(database.run(lambda db: revision(db.connection())))


class Watch:
    """Checks the tables of a web process until they fit."""

    def __init__(self, database: Database, *, wait_s: float = WAIT_S) -> None:
        self._database = database
        self._wait_s = wait_s
        self._fit = False
        self.misfit = ""
        """Why this process cannot work; empty while it can, and while the database is unreachable."""

    async def until_fit(self) -> None:
        """Repeats the check, and returns once the tables fit."""
        while True:
            if await self.check():
                return
            await asyncio.sleep(self._wait_s if self.misfit else min(GONE_S, self._wait_s))

    async def check(self) -> bool:
        """Checks once; True if the tables fit, and then they are not checked again: later migrations are safe."""
        if self._fit:
            return True
        try:
            check(await self._database.run(lambda db: revision(db.connection())))
        except Misfit as misfit:
            if str(misfit) != self.misfit:
                log.get(__name__).warning("this process waits for its tables", why=str(misfit))
            self.misfit = str(misfit)
        except DatabaseError:  # logged by `db`
            pass
        else:
            if self.misfit:
                log.get(__name__).info("the tables fit now")
            self.misfit, self._fit = "", True
        return self._fit
