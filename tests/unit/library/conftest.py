from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from quart.typing import TestClientProtocol as Client

from tests.unit.accounts.rooms import sign_up
from tests.unit.uploads.world import World, world_in


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with world_in(tmp_path) as world:
        yield world


@pytest.fixture
async def ada(world: World) -> Client:
    client = world.app.test_client()
    await sign_up(client)
    return client
