"""The ASGI side of the hand-over: Quart answers the request, Hypercorn writes the head, the stream is a line's."""

from collections.abc import Callable
from typing import Any

from playhead.delivery.takeover import EXTENSION, Frames, Offer
from playhead.serve.connection import Connection

OK = 200


class Takeover:
    """Wraps an ASGI app and offers to write the body of a `GET` over HTTP/1.1 itself.

    That is the end of the request: its tasks and its context go, and nothing of it is kept for the stream's life.
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

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] != OK:
                offer.frames = None  # the route accepted, and something failed behind it
            if offer.frames is None:
                await send(message)
            elif message["type"] == "http.response.start":
                await send(message | {"headers": [*message["headers"], (b"connection", b"close")]})
            elif not message.get("more_body") and (transport := connection.take()) is not None:
                # Not when the app returns: Quart 0.23's does so when the client has hung up, as it seems to by this.
                self._open_line(transport, offer.frames)

        await self._app(scope, receive, sending)
