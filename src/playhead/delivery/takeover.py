"""Answers a request with a stream: written by our server itself after the response head, or as an ASGI body elsewhere.

An ASGI server passes each piece of a body through several objects and tasks. Ours offers to take the connection over
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
"""Keep proxies from buffering, caching and compressing; nginx obeys the last, Cloudflare the second."""
EXTENSION = "playhead.takeover"
"""The key of the offer in the `extensions` of the ASGI scope."""


class FrameWriter(Protocol):
    """A connection that carries the frames of one stream and nothing else."""

    def write_now(self, frame: bytes) -> bool:
        """Send a frame at once. Returns False, and sends nothing, while the reader has not taken earlier frames."""
        ...


Frames = Callable[[FrameWriter | None], AsyncGenerator[bytes]]
"""Opens a stream and returns its frames, one event each, with something awaited between them.

With a connection it may write some of the frames itself."""


class Offer:
    """The server's offer to write the body of a response. A route accepts it by setting `frames`."""

    __slots__ = ("frames",)

    def __init__(self) -> None:
        self.frames: Frames | None = None


def response(frames: Frames, headers: Mapping[str, str] | None = None) -> Response:
    """Answer the present request with a stream; a `HEAD` request with its headers only."""
    if request.method == "HEAD":  # a stream would block the next request on this connection
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
    # RESPONSE_TIMEOUT would cut the stream, or on Quart 0.23 leave it open without data; a stream has a maximum age.
    answer.timeout = None
    return answer


async def _nothing() -> AsyncGenerator[bytes]:
    return
    yield b""
