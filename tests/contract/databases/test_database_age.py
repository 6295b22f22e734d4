"""Since when a database has taken no write, as a web process measures it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from playhead.config import Settings
from playhead.db import Database, DatabaseError, SyncDatabase
from playhead.metrics.catalog import DATABASE_AGE
from playhead.web_monitoring import WebMonitoring
from tests.support.clock import Clock

READ_ONLY: dict[str, Callable[[str], str]] = {
    "postgresql": lambda url: f"{url}?options=-c%20default_transaction_read_only%3Don",
    "sqlite": lambda url: f"sqlite:///file:{url.partition(':///')[2]}?mode=ro&uri=true",
}


@asynccontextmanager
async def monitored(url: str, folder: Path) -> AsyncIterator[tuple[WebMonitoring, Database, Clock]]:
    database, clock = Database(url), Clock()
    settings = Settings(data_dir=str(folder), secret_key="s" * 32)
    yield WebMonitoring(database, settings, clock=clock), database, clock
    await database.close()


def age_s(monitoring: WebMonitoring) -> object:
    return monitoring.metrics.read()[DATABASE_AGE.name][""]


async def test_age_is_that_of_the_last_write(database: SyncDatabase, database_url: str, tmp_path: Path) -> None:
    async with monitored(database_url, tmp_path) as (monitoring, _, clock):
        clock.now = 70
        assert age_s(monitoring) == 70
        await monitoring.write_sums()
        assert age_s(monitoring) == 0


async def test_age_grows_while_the_database_answers_and_takes_no_write(
    database: SyncDatabase, database_url: str, tmp_path: Path
) -> None:
    url = READ_ONLY[database.engine.dialect.name](database_url)
    async with monitored(url, tmp_path) as (monitoring, reading, clock):
        clock.now = 70
        await reading.ping()
        with pytest.raises(DatabaseError):
            await monitoring.write_sums()
        assert age_s(monitoring) == 70
