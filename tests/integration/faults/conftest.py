"""A site for each test: SQLite and a Valkey of its own, which the test may break."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from playhead.db import SyncDatabase
from playhead.migrations import upgrade
from tests.support.site import Site
from tests.support.valkey import Valkey, valkey


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Valkey]:
    with valkey(tmp_path / "valkey") as server:
        yield server


@pytest.fixture
def site(tmp_path: Path, redis: Valkey) -> Iterator[Site]:
    yield from site_on(f"sqlite:///{tmp_path}/db", tmp_path, redis)


def site_on(database_url: str, folder: Path, redis: Valkey) -> Iterator[Site]:
    upgrade(database_url)
    database = SyncDatabase(database_url)
    yield Site(folder, redis, database, database_url)
    database.close()
