from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from quart import Quart

from playhead.config import Settings
from playhead.db import Database
from tests.unit.accounts.rooms import Ears, accounts_of, app_of, database_of, settings_in


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with database_of(settings) as database:
        yield database


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def app(settings: Settings, database: Database, ears: Ears) -> AsyncIterator[Quart]:
    app = app_of(settings, database, accounts_of(database, ears))
    async with app.test_app():
        yield app
