"""Takes a stream's connection over from ASGI: Quart answers, Hypercorn writes the head, and `serve` the body."""

from collections.abc import Callable
from typing import Any

from playhead.library.downloads import CUT
from playhead.live.takeover import EXTENSION, Frames, Offer
from playhead.serve.connection import Connection

OK = 200
CLOSE = (b"connection", b"close")


class Takeover:
    """ASGI middleware that offers a `GET` over HTTP/1.1 to write its body without ASGI.

    A request that accepts the offer ends with its response head: its tasks and its context are freed.

    Writing to a client that is gone raises, as the ASGI specification demands, and Hypercorn's task is canceled. While
    another request is buffered, Hypercorn does not notice a disconnect: it would accept a whole recording for nobody
    and wait for ever.

    Args:
        app: the ASGI app.
        open_stream: called with the transport, the frames and whether the client has closed its side.
        is_crowded: whether responses should close their connection, because descriptors are running out.
    """

    def __init__(
        self, app: Any, open_stream: Callable[[Any, Frames, bool], None], is_crowded: Callable[[], bool] = lambda: False
    ) -> None:
        self._app = app
        self._open_stream = open_stream
        self._is_crowded = is_crowded

    async def __call__(self, connection: Connection, scope: Any, receive: Any, send: Any) -> None:
        with connection.request():
            await self._answer(connection, scope, receive, send)

    async def _answer(self, connection: Connection, scope: Any, receive: Any, send: Any) -> None:
        # HTTP/2 has frames of its own, and shares the connection.
        if scope["type"] != "http" or scope["http_version"] not in ("1.0", "1.1"):
            await self._app(scope, receive, send)
            return
        scope["extensions"][CUT] = connection.cut
        offer = Offer()
        # HTTP/1.0 has no chunked bodies.
        if scope["http_version"] == "1.1" and scope["method"] == "GET":
            scope["extensions"][EXTENSION] = offer

        async def sending(message: Any) -> None:
            if connection.is_gone:
                raise ConnectionResetError
            if message["type"] == "http.response.start":
                if message["status"] != OK:
                    offer.frames = None  # the route accepted, but something failed after it
                if offer.frames is not None or self._is_crowded():
                    message = message | {"headers": [*message["headers"], CLOSE]}
                if scope["http_version"] == "1.0" and is_stream(message):
                    connection.answer_s = 0.0  # a stream has no end that a half-closed client could wait for
                await send(message)
            elif offer.frames is None:
                await send(message)
            elif not message.get("more_body") and (transport := connection.take()) is not None:
                # Not when the app returns: Quart 0.23 also returns early because taking the transport is a disconnect.
                self._open_stream(transport, offer.frames, connection.is_half_closed)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            if not connection.is_gone:  # else it is the error raised above, in an exception group of Quart's
                raise
        if connection.is_gone:
            connection.cancel_http()


def is_stream(start: Any) -> bool:
    """Whether an ASGI message `http.response.start` begins an event stream."""
    headers = {name.lower(): value for name, value in start["headers"]}
    return bool(headers.get(b"content-type", b"").startswith(b"text/event-stream"))
