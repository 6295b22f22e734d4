"""Compares the connections that all processes may open with those that PostgreSQL allows (the connection budget).

infra/render/README.md has the formula, with examples.
"""

import contextlib

from sqlalchemy import text
from sqlalchemy.orm import Session as Db

from playhead import log
from playhead.config import Settings
from playhead.db import WORKER_POOL, Database, DatabaseError

OVERLAP = 2
"""During a deploy each process exists twice, because the new ones start before the old ones end."""
MIGRATION = 1
NONE = -1
"""PostgreSQL's value for no limit."""

LIMITS = text("""
    SELECT name, setting::int FROM pg_settings
    WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')
    UNION ALL SELECT 'database', datconnlimit FROM pg_database WHERE datname = current_database()
    UNION ALL SELECT 'role', rolconnlimit FROM pg_roles WHERE rolname = current_user
""")


async def warn(database: Database, settings: Settings) -> None:
    """Logs a warning if the database allows fewer connections than the budget; not if it is unreachable."""
    with contextlib.suppress(DatabaseError):
        if sentence := warning(settings, await database.run(allowed)):
            log.get(__name__).warning(sentence)


def needed(settings: Settings) -> int:
    """The most connections that may be open at once, during a deploy."""
    webs = settings.web_processes * settings.database_pool
    workers = settings.worker_processes * settings.worker_concurrency * WORKER_POOL
    return OVERLAP * (webs + workers) + MIGRATION


def allowed(db: Db) -> int | None:
    """The number of connections that the database allows to this role; None for SQLite, which has no limit."""
    if db.get_bind().dialect.name != "postgresql":
        return None
    limits: dict[str, int] = {name: limit for name, limit in db.execute(LIMITS) if limit != NONE}
    reserved = limits["superuser_reserved_connections"] + limits.get("reserved_connections", 0)  # since PostgreSQL 16
    of_all = limits["max_connections"] - reserved
    return min(of_all, limits.get("database", of_all), limits.get("role", of_all))


def warning(settings: Settings, allows: int | None) -> str:
    """Makes a sentence for the log if `allows` is less than needed, else an empty string."""
    may = needed(settings)
    if allows is None or may <= allows:
        return ""
    return (
        f"the database allows {allows} connections, and {may} may be open at a deploy: lower DATABASE_POOL"
        " (infra/render/README.md)"
    )
