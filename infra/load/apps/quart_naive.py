"""The naive recipe in Quart: each stream has its own subscription connection."""

from collections.abc import AsyncGenerator

import redis.asyncio
from hub import CHANNEL, REDIS_PORT, frame
from quart import Quart, Response

app = Quart(__name__)
# The default limit of 100 connections would refuse the 101st reader.
client = redis.asyncio.Redis(port=REDIS_PORT, max_connections=100_000)


@app.get("/sse/<session>")
async def stream(session: str) -> Response:
    async def events() -> AsyncGenerator[bytes]:
        pubsub = client.pubsub()
        await pubsub.subscribe(CHANNEL + session)
        try:
            yield b": ok\n\n"
            async for message in pubsub.listen():
                if message["type"] == "message":
                    yield frame(message["data"])
        finally:
            await pubsub.unsubscribe()
            await pubsub.aclose()

    response = Response(events(), headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    response.timeout = None
    return response
