"""A bare ASGI application with the plain hub: the least work that is possible on Hypercorn itself.

Streams are at `/sse/SESSION/stream`. A status is at `/sse/SESSION`, from memory, by its `ETag`; with `Prefer: wait` it
is held for the next update. Nothing is checked or read.
"""

import asyncio
import re
from typing import Any

from hub import Hub

HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
WAIT = re.compile(rb"wait=(\d+)")
FIRST = b"0 {}"
"""Of a session without an update so far."""


class Application:
    """The application. `hub`: where streams and waits get updates from."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                if message["type"] == "lifespan.startup":
                    await self._hub.start()
                await send({"type": message["type"] + ".complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        session, _, kind = scope["path"].removeprefix("/sse/").partition("/")
        await (self._stream(session, receive, send) if kind else self._status(session, dict(scope["headers"]), send))

    async def _stream(self, session: str, receive: Any, send: Any) -> None:
        queue = await self._hub.join(session)
        writing = asyncio.create_task(_write(queue, send))
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            writing.cancel()
            await self._hub.leave(session, queue)

    async def _status(self, session: str, headers: dict[bytes, bytes], send: Any) -> None:
        has = headers.get(b"if-none-match")
        etag, document = self._newest(session)
        if has == etag and (wait := WAIT.search(headers.get(b"prefer", b""))):
            await self._next(session, int(wait[1]))
            etag, document = self._newest(session)
        answer = [(b"etag", etag), (b"cache-control", b"private, no-cache")]
        if has == etag:
            await send({"type": "http.response.start", "status": 304, "headers": answer})
            await send({"type": "http.response.body"})
            return
        answer += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(document))]
        await send({"type": "http.response.start", "status": 200, "headers": answer})
        await send({"type": "http.response.body", "body": document})

    def _newest(self, session: str) -> tuple[bytes, bytes]:
        """The tag and the document of the newest update."""
        version, _, document = self._hub.newest.get(session, FIRST).partition(b" ")
        return b'"%b"' % version, document

    async def _next(self, session: str, seconds: int) -> None:
        """Wait for the next update."""
        queue = await self._hub.join(session)
        try:
            await asyncio.wait_for(queue.get(), seconds)
        except TimeoutError:
            pass
        finally:
            await self._hub.leave(session, queue)


async def _write(queue: asyncio.Queue[bytes], send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b": ok\n\n", "more_body": True})
    while True:
        await send({"type": "http.response.body", "body": await queue.get(), "more_body": True})


app = Application(Hub())
