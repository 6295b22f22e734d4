"""A line: a connection that carries the chunks of one stream's body, and nothing else until it ends.

What a reader costs here is a transport, this object and the generator of its frames: no parser, no request, no queue.
"""

import asyncio
import contextlib
import contextvars
import socket
from collections.abc import Callable
from contextlib import aclosing
from functools import lru_cache

from playhead import log
from playhead.delivery.takeover import Frames

SEND_BUFFER = 32 * 1024
"""Bytes asked of the kernel for what the network has not taken (Linux doubles them). It would keep 2.8 MB for a reader
that stopped reading: some 5,000 statuses that nobody wants any more."""
UNANSWERED_S = 30.0
"""Bytes that no one has confirmed for so long end the connection: the client's machine is off, or out of the network.
As long as a client may read nothing. Heartbeats fill no buffer, and by itself the kernel tries for 15 minutes."""
USER_TIMEOUT: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)
"""Linux has it; elsewhere such a stream lasts for its maximum age."""
WAITING_MAX = 16 * 1024
"""Bytes kept here beyond that before the reader counts as slow: a burst of segments, or 25 statuses."""
LINGER_S = 5.0
"""For the last bytes to leave after the end; who has not taken them by then never will."""
GREETING_S = 0.5
"""A stream that is younger does not end when its client closes its side: who does so right behind the request gets the
first events. Who really left costs no more than that, and nothing once a write has met the reset."""
CHUNKS_KEPT = 64
"""Statuses that are being fanned out now, framed once for all their readers."""
LAST_CHUNK = b"0\r\n\r\n"


def chunk(frame: bytes) -> bytes:
    """A piece of a chunked body (RFC 9112, §7.1)."""
    return b"%x\r\n%b\r\n" % (len(frame), frame)


_shared = lru_cache(maxsize=CHUNKS_KEPT)(chunk)


class Line(asyncio.Protocol):
    """Writes a stream's frames as they come; the reader's leaving cancels the stream.

    What the reader sends is not looked at: it was told `Connection: close`, so no request follows.
    """

    __slots__ = ("_ended", "_greeted_at", "_room", "_task", "transport")

    def __init__(
        self,
        transport: asyncio.Transport,
        frames: Frames,
        ended: Callable[["Line"], object],
        *,
        is_half_closed: bool = False,
        greeting_s: float = GREETING_S,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.transport = transport
        self._ended = ended
        self._greeted_at = loop.time() + greeting_s
        self._room: asyncio.Future[None] | None = None
        """While there is none: done when there is room again."""
        with contextlib.suppress(OSError):  # some systems refuse it for a connection that is gone already
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            if USER_TIMEOUT is not None:
                connection.setsockopt(socket.IPPROTO_TCP, USER_TIMEOUT, round(UNANSWERED_S * 1000))
        transport.set_protocol(self)
        transport.resume_reading()  # paused if more was sent than Hypercorn takes; then nobody is seen to leave
        transport.set_write_buffer_limits(high=WAITING_MAX)
        # Without the request's context, which would be kept as long as the stream.
        self._task = loop.create_task(self._write_all(frames), name="stream", context=contextvars.Context())
        if is_half_closed:
            self.eof_received()

    @property
    def is_behind(self) -> bool:
        """Whether the reader has yet to take what was sent before."""
        return self._room is not None

    def write_now(self, frame: bytes) -> bool:
        """Send a frame that many readers get; False, and nothing sent, while this one is behind."""
        if self._room is not None:
            return False
        self.transport.write(_shared(frame))
        return True

    def abort(self) -> None:
        self.transport.abort()

    def pause_writing(self) -> None:
        self._room = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        room, self._room = self._room, None
        if room is not None and not room.done():  # canceled with the task that waits for it, if the reader is cut off
            room.set_result(None)

    def eof_received(self) -> bool:
        """The client has left, or has nothing more to ask; False: it is closed now, after what was written."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._greeted_at:
            return False
        loop.call_at(self._greeted_at, self.transport.close)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._task.cancel()
        self._ended(self)

    async def _write_all(self, frames: Frames) -> None:
        try:
            async with aclosing(frames(self)) as pieces:
                async for frame in pieces:
                    if self._room is not None:
                        await self._room
                    self.transport.write(chunk(frame))
        except asyncio.CancelledError:  # the reader left, or took nothing for too long
            self.transport.abort()
            raise
        except Exception:  # noqa: BLE001 - nobody awaits this task: it is told here, and the body ends unfinished
            log.get(__name__).exception("a stream crashed")
            self.transport.abort()
        else:
            self.transport.write(LAST_CHUNK)
            self.transport.close()
            asyncio.get_running_loop().call_later(LINGER_S, self.transport.abort)
