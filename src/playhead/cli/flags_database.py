"""Opens the processes' database for the commands about flags, without the processes' secrets."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from playhead.config import Settings
from playhead.errors import ConfigError

if TYPE_CHECKING:
    from playhead.db import SyncDatabase

CONNECT_S = 3
"""Part of the 5 s that an emergency command may take; a reachable database takes milliseconds."""
LOCATIONS = ("DATA_DIR", "FLAGS_FILE", "DATABASE_URL", "REDIS_URL", "STATUS_REDIS_URL")
"""The settings that these commands read. A person who changes flags need not have the others."""


def locations() -> Settings:
    """The settings of `LOCATIONS` from the environment; the others have their defaults."""
    given = {name.lower(): os.environ[name] for name in LOCATIONS if os.environ.get(name)}
    return msgspec.convert(given, Settings)


def exists(settings: Settings) -> bool:
    """Whether the settings name a database; of an SQLite file, whether it exists."""
    return bool(settings.database_url) or (settings.data / "playhead.db").exists()


def database_url(settings: Settings) -> str:
    """The URL of the database, with a limit for connecting to a server."""
    from sqlalchemy.engine import make_url

    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite":
        url = url.update_query_dict({"connect_timeout": str(CONNECT_S)})
    return url.render_as_string(hide_password=False)


def no_database(settings: Settings) -> ConfigError:
    """The error where the settings name no database."""
    return ConfigError(
        f"There is no database in {settings.data}: DATABASE_URL, or DATA_DIR, must be that of the processes."
    )


def database_away(error: Exception) -> ConfigError:
    """The error where the database does not answer, or refuses."""
    return ConfigError(
        f"The database cannot be asked: {error}. If its tables are older than this program: playhead migrate."
    )


@contextmanager
def shared_database(settings: Settings) -> Iterator["SyncDatabase"]:
    """Open the database for one command.

    Raises:
        ConfigError: there is none, or it is unreachable.
    """
    if not exists(settings):
        raise no_database(settings)
    from playhead.db import DatabaseError, SyncDatabase

    database = SyncDatabase(database_url(settings))
    try:
        yield database
    except DatabaseError as error:
        raise database_away(error) from None
    finally:
        database.close()
