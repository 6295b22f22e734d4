from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.accounts.rooms import sign_up
from tests.unit.uploads.tus_client import Tus
from tests.unit.uploads.world import World, world_in


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with world_in(tmp_path) as world:
        yield world


@pytest.fixture
async def tus(world: World) -> Tus:
    client = world.app.test_client()
    await sign_up(client)
    return Tus(client)
