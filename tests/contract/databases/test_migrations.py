"""Migrations make the tables of the models, once, in full or not at all."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from playhead.db import SyncDatabase
from playhead.migrations import exclusive, tables, upgrade
from tests.support.postgres import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables; on SQLite there is not even a folder."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'playhead.db'}"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.database(f"empty_{secrets.token_hex(4)}")


def test_history_ends_in_the_tables_of_the_models(empty: str) -> None:
    upgrade(empty)
    with exclusive(empty) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables()) == []


def test_second_upgrade_changes_nothing(empty: str) -> None:
    upgrade(empty)
    upgrade(empty)


def test_processes_that_upgrade_at_once_all_succeed(empty: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(upgrade, [empty] * 4)) == [None] * 4


def test_failed_upgrade_leaves_nothing(empty: str) -> None:
    with pytest.raises(RuntimeError), exclusive(empty) as connection:  # noqa: PT012 - the rollback is what is tested
        connection.exec_driver_sql("CREATE TABLE half (id INTEGER)")
        raise RuntimeError
    database = SyncDatabase(empty)
    assert inspect(database.engine).get_table_names() == []
    database.close()
