"""The migrations: `upgrade` brings a database of any age to the newest revision; many processes may call it at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from playhead import schema_revision
from playhead.db import BUSY_TIMEOUT_MS, driver_url

ADVISORY_LOCK = 0x706C6179
"""PostgreSQL's lock for whoever migrates: `play` in ASCII, so that it is told from other programs' locks."""


def upgrade(url: str, to: str = "head") -> None:
    """Bring the database to the newest version; a second process waits and then finds nothing to do.

    Tables that a newer release made are left as they are, so that an older one can be deployed again.

    Raises:
        Misfit: this release cannot work with them.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with exclusive(url) as connection:
        if (found := schema_revision.revision(connection)) > schema_revision.NEWEST:
            schema_revision.check(found)
            return
        config.attributes["connection"] = connection
        command.upgrade(config, to)


@contextmanager
def exclusive(url: str) -> Iterator[Connection]:
    """A connection in one transaction that no other migration can enter: all of an upgrade happens, or nothing."""
    engine = create_engine(driver_url(url, asynchronous=False), poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        _make_folder(engine.url.database)

        # SQLite's driver would begin a transaction at the first write and commit before a CREATE TABLE.
        @event.listens_for(engine, "connect")
        def leave_transactions_to_us(connection: object, _: ConnectionPoolEntry) -> None:
            connection.isolation_level = None  # type: ignore[attr-defined]  # DB-API, untyped here
            connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")  # type: ignore[attr-defined]

        @event.listens_for(engine, "begin")
        def lock(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            yield connection
    finally:
        engine.dispose()


def _make_folder(database: str | None) -> None:
    """SQLite makes the file but not its folder."""
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
