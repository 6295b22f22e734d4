"""PostgreSQL's connection slots: a burst frees them, the budget is checked, and a missing one is reported."""

import asyncio
import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from playhead import connection_budget
from playhead.config import Settings
from playhead.db import KEPT, NO_SLOT, WORKER_POOL, Database, NoFreeSlot, SyncDatabase, has_no_free_slot
from playhead.errors import ConfigError
from playhead.up.checks import migrate
from tests.contract.databases.app import web_app
from tests.support.postgres import Postgres
from tests.support.waiting import ANSWER_S, async_until, until

POOL, BURST = 4, 20
SLEEP = text("SELECT pg_sleep(0.05)")
COUNT = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"


@pytest.fixture
def watcher(postgres: Postgres) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def narrow(postgres: Postgres) -> Iterator[str]:
    """The URL of a new database for a role that may have one connection."""
    with postgres.narrow(1) as url:
        yield url


def connections(watcher: psycopg.Connection, name: str) -> int:
    (count,) = watcher.execute(COUNT, [name]).fetchone() or (0,)
    return int(count)


async def test_web_closes_the_connections_of_a_burst(postgresql_url: str, watcher: psycopg.Connection) -> None:
    name = f"burst-{secrets.token_hex(4)}"
    database = Database(f"{postgresql_url}?application_name={name}", POOL)
    burst = [asyncio.ensure_future(database.run(lambda db: db.execute(SLEEP))) for _ in range(BURST)]
    most = 0
    while not all(query.done() for query in burst):
        most = max(most, connections(watcher, name))
        await asyncio.sleep(0)
    assert most == POOL
    await async_until(lambda: connections(watcher, name) == KEPT)
    await database.close()


async def test_worker_keeps_one_connection(postgresql_url: str, watcher: psycopg.Connection) -> None:
    name = f"worker-{secrets.token_hex(4)}"
    database = SyncDatabase(f"{postgresql_url}?application_name={name}", WORKER_POOL)
    await asyncio.gather(*(asyncio.to_thread(database.run, lambda db: db.execute(SLEEP)) for _ in range(BURST)))
    until(lambda: connections(watcher, name) == 1)
    database.close()


async def test_missing_slot_is_logged_once_until_one_is_free(narrow: str) -> None:
    database = Database(narrow)
    with psycopg.connect(narrow), capture_logs() as lines:
        for _ in range(2):
            with pytest.raises(NoFreeSlot, match="no free connection slot"):
                await database.ping()
        assert database.is_full
        assert [line["event"] for line in lines] == [NO_SLOT]
    async with asyncio.timeout(ANSWER_S):  # the server frees the slot a little after its client has left
        while not await _answers(database):
            pass
    await database.close()


async def _answers(database: Database) -> bool:
    try:
        await database.ping()
    except NoFreeSlot:
        return False
    return True


async def test_readiness_reports_a_missing_slot(narrow: str, tmp_path: Path) -> None:
    with psycopg.connect(narrow):
        async with web_app(tmp_path, narrow) as app:
            body = await (await app.test_client().get("/readyz")).get_json()
    assert not body["database"]
    assert f"database: {NO_SLOT}" in body["degraded"]


def test_migration_reports_a_missing_slot(narrow: str) -> None:
    with psycopg.connect(narrow), pytest.raises(ConfigError, match=r"brought up to date: the database has no free"):
        migrate(narrow)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("FATAL:  sorry, too many clients already", True),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", True),
        ('FATAL:  too many connections for role "narrow"', True),
        ("FATAL:  no more connections allowed (max_client_conn)", True),
        ("connection refused", False),
    ],
)
def test_missing_slot_is_detected_by_the_servers_message(message: str, expected: bool) -> None:
    error = OperationalError("", None, psycopg.OperationalError(f"connection failed: {message}\nMultiple attempts"))
    assert has_no_free_slot(error) is expected


def test_slots_are_limited_by_the_role(narrow: str) -> None:
    with contextlib.closing(SyncDatabase(narrow)) as database:
        assert database.run(connection_budget.allowed) == 1


def test_slots_exclude_the_reserved_ones(database: SyncDatabase) -> None:
    postgresql = database.engine.dialect.name == "postgresql"
    assert database.run(connection_budget.allowed) == (100 - 3 if postgresql else None)


@pytest.mark.parametrize(
    ("given", "allows", "fits"),
    [
        ({}, 17, True),
        ({}, 14, False),
        ({}, None, True),
        ({"web_processes": 2}, 17, False),
        ({"web_processes": 2, "database_pool": 3}, 17, True),
        ({"web_processes": 2, "worker_processes": 2, "database_pool": 3}, 17, False),
        ({"worker_concurrency": 2}, 17, False),
    ],
)
def test_budget_covers_all_processes_twice(given: dict[str, int], allows: int | None, fits: bool) -> None:
    assert (connection_budget.warning(Settings(**given), allows) == "") is fits  # type: ignore[arg-type]
