"""A bare ASGI application with the plain hub: the least work that is possible on Hypercorn itself."""

import asyncio
from typing import Any

from hub import Hub

hub = Hub()
HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await hub.start()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    session = scope["path"].rpartition("/")[2]
    queue = await hub.join(session)
    writing = asyncio.create_task(_write(queue, send))
    try:
        while (await receive())["type"] != "http.disconnect":
            pass
    finally:
        writing.cancel()
        await hub.leave(session, queue)


async def _write(queue: asyncio.Queue[bytes], send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b": ok\n\n", "more_body": True})
    while True:
        await send({"type": "http.response.body", "body": await queue.get(), "more_body": True})
