"""Migrates a database of any age to the newest revision; several processes may call `upgrade` at once."""

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
"""Key of PostgreSQL's advisory lock for migrations: `play` in ASCII, to differ from the locks of other programs."""


def upgrade(url: str, to: str = "head") -> None:
    """Migrates the database to the revision `to`; a second process waits and then finds nothing to do.

    Tables of a newer release are not changed, so that the older release can be deployed again.

    Raises:
        Misfit: this release cannot work with the tables.
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
    """Opens a connection with one transaction that excludes other migrations; an upgrade is applied whole or not."""
    engine = create_engine(driver_url(url), poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        _make_folder(engine.url.database)

        # By default SQLite's driver begins a transaction at the first write and commits before a CREATE TABLE.
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
    """Make the folder of a SQLite file: SQLite creates only the file."""
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
