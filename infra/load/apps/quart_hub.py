"""A Quart application with the plain hub: the good recipe, one subscription connection for the process."""

from collections.abc import AsyncGenerator

from hub import Hub
from quart import Quart, Response

app = Quart(__name__)
hub = Hub()


@app.before_serving
async def start() -> None:
    await hub.start()


@app.get("/sse/<session>")
async def stream(session: str) -> Response:
    queue = await hub.join(session)

    async def events() -> AsyncGenerator[bytes]:
        try:
            yield b": ok\n\n"
            while True:
                yield await queue.get()
        finally:
            await hub.leave(session, queue)

    response = Response(events(), headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    response.timeout = None
    return response
