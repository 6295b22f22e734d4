"""The ASGI side of the hand-over: Quart answers the request, Hypercorn writes the head, the stream is a line's."""

from collections.abc import Callable
from typing import Any

from playhead.delivery.takeover import EXTENSION, Frames, Offer
from playhead.serve.connection import Connection


class Takeover:
    """Wraps an ASGI app and offers to write the body of a `GET` over HTTP/1.1 itself.

    By then the request is over: its tasks and its context are gone, and nothing of it is kept for the stream's life.
    """

    def __init__(self, app: Any, open_line: Callable[[Any, Frames], None]) -> None:
        self._app = app
        self._open_line = open_line

    async def __call__(self, connection: Connection, scope: Any, receive: Any, send: Any) -> None:
        # Before HTTP/1.1 there are no chunks, and a later one has its own frames.
        if scope["type"] != "http" or scope["http_version"] != "1.1" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        offer = Offer()
        scope["extensions"][EXTENSION] = offer
        head_sent = False

        async def sending(message: Any) -> None:
            nonlocal head_sent
            if offer.frames is None:
                await send(message)
            elif message["type"] == "http.response.start":
                await send(message | {"headers": [*message["headers"], (b"connection", b"close")]})
                head_sent = True

        await self._app(scope, receive, sending)
        if offer.frames is not None and head_sent and (transport := connection.take()) is not None:
            self._open_line(transport, offer.frames)
