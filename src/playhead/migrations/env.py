"""Runs the migrations for Alembic, with the connection of `upgrade` or, for `alembic revision`, with a new one."""

from alembic import context
from sqlalchemy import Connection

from playhead.config import load
from playhead.migrations import exclusive
from playhead.tables import METADATA


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        transactional_ddl=True,
        # SQLite cannot alter a column in place: Alembic copies the table.
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with exclusive(load().database) as own:
        migrate(own)
