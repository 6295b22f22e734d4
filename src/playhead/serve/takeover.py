"""The ASGI side of the hand-over: Quart answers the request, Hypercorn writes the head, the stream is a line's."""

from collections.abc import Callable
from typing import Any

from playhead.delivery.takeover import EXTENSION, Frames, Offer
from playhead.library.downloads import CUT
from playhead.serve.connection import Connection

OK = 200
CLOSE = (b"connection", b"close")


class Takeover:
    """Wraps an ASGI app and offers to write the body of a `GET` over HTTP/1.1 itself.

    That is the end of the request: its tasks and its context go, and nothing of it is kept for the stream's life.

    To write to a client that is gone fails, as ASGI has it, and then Hypercorn's side of it ends. While another request
    waits, Hypercorn does not look for an end: it would take a whole recording for nobody, and wait for ever.
    """

    def __init__(
        self, app: Any, open_line: Callable[[Any, Frames, bool], None], is_crowded: Callable[[], bool] = lambda: False
    ) -> None:
        self._app = app
        self._open_line = open_line
        self._is_crowded = is_crowded
        """Whether connections that nobody asks on should end, because they are many."""

    async def __call__(self, connection: Connection, scope: Any, receive: Any, send: Any) -> None:
        with connection.request():
            await self._answer(connection, scope, receive, send)

    async def _answer(self, connection: Connection, scope: Any, receive: Any, send: Any) -> None:
        # A later version has its own frames, and no `Connection`.
        if scope["type"] != "http" or scope["http_version"] not in ("1.0", "1.1"):
            await self._app(scope, receive, send)
            return
        scope["extensions"][CUT] = connection.cut
        offer = Offer()
        # Before HTTP/1.1 there are no chunks.
        if scope["http_version"] == "1.1" and scope["method"] == "GET":
            scope["extensions"][EXTENSION] = offer

        async def sending(message: Any) -> None:
            if connection.is_gone:
                raise ConnectionResetError
            if message["type"] == "http.response.start":
                if message["status"] != OK:
                    offer.frames = None  # the route accepted, and something failed behind it
                if offer.frames is not None or self._is_crowded():
                    message = message | {"headers": [*message["headers"], CLOSE]}
                if scope["http_version"] == "1.0" and is_stream(message):
                    connection.answer_s = 0.0  # it has no end that a client that closed its side could wait for
                await send(message)
            elif offer.frames is None:
                await send(message)
            elif not message.get("more_body") and (transport := connection.take()) is not None:
                # Not when the app returns: Quart 0.23's does so when the client has hung up, as it seems to by this.
                self._open_line(transport, offer.frames, connection.is_half_closed)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            if not connection.is_gone:  # else it is what was raised above, in a group of Quart's
                raise
        if connection.is_gone:
            connection.cancel_speaking()


def is_stream(start: Any) -> bool:
    """Whether a response that starts like this is an event stream."""
    headers = {name.lower(): value for name, value in start["headers"]}
    return bool(headers.get(b"content-type", b"").startswith(b"text/event-stream"))
