"""The offer of a server to write a stream to its connection itself (decision 0004), instead of as an ASGI body.

An ASGI server passes each piece of a body through several objects and tasks. Playhead's own offers to take the
connection over; on any other server, over HTTP/2, and in tests, the same frames are an ordinary response body.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Protocol

EXTENSION = "playhead.takeover"
"""The key of the offer in the `extensions` of the ASGI scope."""


class FrameWriter(Protocol):
    """A connection that carries the frames of one stream and nothing else."""

    def write_now(self, frame: bytes) -> bool:
        """Send a frame at once. Returns False, and sends nothing, while the reader has not taken earlier frames."""
        ...

    def rest(self, stream: "Resting") -> None:
        """The frames end here, but not the stream: nothing is to be sent until it is filled."""
        ...


class Resting(Protocol):
    """A stream that has nothing to send. It needs neither a task nor a generator meanwhile."""

    def when_filled(self, wake: Callable[[], object]) -> None:
        """Call `wake` once, as soon as there is something to send."""
        ...

    def turn(self, connection: FrameWriter) -> AsyncGenerator[bytes]:
        """The frames until it rests again, or to its end."""
        ...

    def close(self) -> None:
        """The reader has left."""
        ...


Frames = Callable[[FrameWriter | None], AsyncGenerator[bytes]]
"""Opens a stream and returns its frames, one event each, with something awaited between them.

With a connection it may write some of the frames itself, and rest."""


class Offer:
    """The server's offer to write the body of a response. It is accepted by setting `frames`."""

    __slots__ = ("frames",)

    def __init__(self) -> None:
        self.frames: Frames | None = None


def body_of(frames: Frames, scope: Mapping[str, Any]) -> AsyncGenerator[bytes]:
    """The body of the response to this request: the frames, or nothing if the server writes them itself."""
    offer: Offer | None = (scope.get("extensions") or {}).get(EXTENSION)
    if offer is None:
        return frames(None)
    offer.frames = frames
    return _nothing()


async def _nothing() -> AsyncGenerator[bytes]:
    return
    yield b""
