"""The usual recipe of sse-starlette: each stream has its own subscription, and the library encodes the events."""

from collections.abc import AsyncGenerator

import redis.asyncio
from hub import CHANNEL, REDIS_PORT
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

client = redis.asyncio.Redis(port=REDIS_PORT, max_connections=100_000)


async def stream(request: Request) -> EventSourceResponse:
    async def events() -> AsyncGenerator[dict[str, str]]:
        pubsub = client.pubsub()
        await pubsub.subscribe(CHANNEL + request.path_params["session"])
        try:
            yield {"comment": "ok"}
            async for message in pubsub.listen():
                if message["type"] == "message":
                    version, _, document = message["data"].decode().partition(" ")
                    yield {"event": "status", "id": version, "data": document}
        finally:
            await pubsub.unsubscribe()
            await pubsub.aclose()

    return EventSourceResponse(events())


app = Starlette(routes=[Route("/sse/{session}", stream)])
