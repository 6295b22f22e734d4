"""Where a stream is written: by the server itself, once its response head is out, or as an ASGI body elsewhere.

An ASGI server takes each piece of a body through several objects and tasks. Ours offers to take the connection over
(decision 0004); on any other server, over HTTP/2, and in tests, the same frames are an ordinary response body.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Protocol

from quart import Response, request

STREAM_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
}
"""What keeps proxies from buffering, caching and compressing; nginx obeys the last, Cloudflare the second."""
EXTENSION = "playhead.takeover"
"""The key of the offer among the ASGI scope's `extensions`."""


class StreamConnection(Protocol):
    """A connection that carries the frames of one stream and nothing else."""

    def write_now(self, frame: bytes) -> bool:
        """Send a frame at once; False, and nothing sent, while the reader has not taken what was sent before."""
        ...


Frames = Callable[[StreamConnection | None], AsyncGenerator[bytes]]
"""Opens a stream and returns its frames, one event each, with something awaited between them.

With a connection it may write some of the frames itself."""


class Offer:
    """The server's offer to write a response's body. A route accepts it by leaving the frames here."""

    __slots__ = ("frames",)

    def __init__(self) -> None:
        self.frames: Frames | None = None


def response(frames: Frames, headers: Mapping[str, str] | None = None) -> Response:
    """A stream as the answer to the present request; to a `HEAD`, its headers."""
    if request.method == "HEAD":  # its connection goes on: run for nobody, the stream would hold up what follows
        answer = Response(headers=STREAM_HEADERS | dict(headers or {}))
        del answer.headers["Content-Length"]
        return answer
    extensions: dict[str, Any] = request.scope.get("extensions") or {}
    offer: Offer | None = extensions.get(EXTENSION)
    if offer is None:
        body = frames(None)
    else:
        offer.frames, body = frames, _nothing()
    answer = Response(body, headers=STREAM_HEADERS | dict(headers or {}))
    # RESPONSE_TIMEOUT would cut the stream, or on Quart 0.23 leave it open and dead; it has an age of its own.
    answer.timeout = None
    return answer


async def _nothing() -> AsyncGenerator[bytes]:
    return
    yield b""
