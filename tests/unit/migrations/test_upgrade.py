from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from playhead.db import SyncDatabase
from playhead.migrations import exclusive, tables, upgrade


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'deep' / 'playhead.db'}"


def test_history_ends_in_the_tables_of_the_models(url: str) -> None:
    upgrade(url)
    with exclusive(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables()) == []


def test_second_upgrade_changes_nothing(url: str) -> None:
    upgrade(url)
    upgrade(url)


def test_processes_that_upgrade_at_once_all_succeed(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(upgrade, [url] * 4)) == [None] * 4


def test_failed_upgrade_leaves_nothing(url: str) -> None:
    with pytest.raises(RuntimeError), exclusive(url) as connection:  # noqa: PT012 - the rollback is what is tested
        connection.exec_driver_sql("CREATE TABLE half (id INTEGER)")
        raise RuntimeError
    database = SyncDatabase(url)
    assert inspect(database.engine).get_table_names() == []
    database.close()
