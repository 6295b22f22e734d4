"""Runs our server on a free loopback port, and opens plain TCP connections to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from hypercorn.config import Config
from quart import Quart

from playhead.serve.server import Server
from tests.support.ports import free_port
from tests.support.waiting import async_until

DEADLINE_S = 20.0


def quiet(**settings: Any) -> Config:
    """Hypercorn's configuration with these settings, without logs."""
    return Config.from_mapping(accesslog=None, errorlog=None, **settings)


@asynccontextmanager
async def served(app: Quart, config: Config | None = None, **limits: Any) -> AsyncIterator[tuple[Server, int]]:
    """Runs a server; yields it and its port."""
    server, port = Server(app, config or quiet(), **limits), free_port()
    await server.start("127.0.0.1", port, 100)
    try:
        async with asyncio.timeout(DEADLINE_S):
            yield server, port
    finally:
        await server.stop(0.0)


@asynccontextmanager
async def connected(
    app: Quart, config: Config | None = None, **limits: Any
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Opens a connection to a new server, and waits at the end until the server has released it."""
    async with served(app, config, **limits) as (server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield reader, writer
        finally:
            writer.close()
            await async_until(lambda: server.descriptors_used == 0)
