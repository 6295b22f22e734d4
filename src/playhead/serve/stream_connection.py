"""Writes the chunks of one stream's body to a connection that was taken over from Hypercorn.

A reader costs a transport, this object and its stream: no parser, no request, no queue, and no task while it rests.
"""

import asyncio
import contextlib
import contextvars
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import lru_cache

from playhead import log
from playhead.live.takeover import Frames, Resting

SEND_BUFFER = 32 * 1024
"""Bytes of SO_SNDBUF (Linux doubles them). By default the kernel would keep 2.8 MB for a reader that stopped reading:
about 5,000 outdated statuses."""
UNACKNOWLEDGED_S = 30.0
"""Bytes that are unacknowledged for this long end the connection: the client's machine is off or out of the network.
Equal to the time a client may read nothing. Heartbeats are too small to fill a buffer, and the kernel by itself retries
for 15 minutes."""
USER_TIMEOUT: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)
"""Linux only; elsewhere such a stream lasts for its maximum age."""
WRITE_BUFFER_MAX = 16 * 1024
"""Bytes buffered in the process, beyond `SEND_BUFFER`, before the reader counts as slow: a burst of segments, or 25
statuses."""
LINGER_S = 5.0
"""Time for the last bytes to be sent after the stream's end, before the connection is aborted."""
HALF_CLOSE_GRACE_S = 0.5
"""A younger stream does not end when its client closes its side: a client that does so right after the request still
gets the first events. For a client that really left, the stream is kept no longer than this."""
FIRST_PAUSE_S = 0.02
"""Pause after the first frame of a stream through a proxy, so that it reads it alone. Caddy's `encode` compresses a
response whose first read has more than 512 bytes, and holds what it compresses: 15 of 24 streams with `hello` and the
status in one packet."""
CHUNKS_CACHED = 64
"""Statuses being fanned out at a time; each is framed once for all its readers."""
LAST_CHUNK = b"0\r\n\r\n"


def chunk(frame: bytes) -> bytes:
    """Frames a chunk of a chunked body (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(frame), frame)


_shared_chunk = lru_cache(maxsize=CHUNKS_CACHED)(chunk)


class StreamConnection(asyncio.Protocol):
    """Writes a stream's frames to a transport, and cancels the stream when the client leaves.

    Received bytes are ignored: the response head has `Connection: close`, so no further request is served.

    Args:
        transport: the connection.
        frames: opens the stream.
        on_ended: called once with this object when the connection has ended.
        is_half_closed: whether the client has already closed its side.
        half_close_grace_s: seconds from now during which a half-closed client keeps its stream.
        first_pause_s: seconds between the first frame and the next.
        head: of the response, if it has not been written.
    """

    __slots__ = ("_grace_ends_at", "_on_ended", "_resting", "_task", "_writable", "transport")

    def __init__(
        self,
        transport: asyncio.Transport,
        frames: Frames,
        on_ended: Callable[["StreamConnection"], object],
        *,
        is_half_closed: bool = False,
        half_close_grace_s: float = HALF_CLOSE_GRACE_S,
        first_pause_s: float = 0.0,
        head: bytes = b"",
    ) -> None:
        loop = asyncio.get_running_loop()
        self.transport = transport
        self._on_ended = on_ended
        self._grace_ends_at = loop.time() + half_close_grace_s
        self._writable: asyncio.Future[None] | None = None
        """Set while the write buffer is full; done when it has room again."""
        with contextlib.suppress(OSError):  # some systems refuse it on a closed connection
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            if USER_TIMEOUT is not None:
                connection.setsockopt(socket.IPPROTO_TCP, USER_TIMEOUT, round(UNACKNOWLEDGED_S * 1000))
        transport.set_protocol(self)
        transport.resume_reading()  # it is paused if the client sent a lot, and then a disconnect is not noticed
        transport.set_write_buffer_limits(high=WRITE_BUFFER_MAX)
        self._resting: Resting | None = None
        """The stream, while it has nothing to send, or its turn has not begun."""
        self._task: asyncio.Task[None] | None = None
        """Writes frames; None: the stream rests."""
        self._write(frames(self), first_pause_s, head)
        if is_half_closed:
            self.eof_received()

    def write_now(self, frame: bytes) -> bool:
        """Write a frame that is sent to many readers; False, and nothing is written, while the reader is behind."""
        if self._writable is not None:
            return False
        self.transport.write(_shared_chunk(frame))
        return True

    def rest(self, stream: Resting) -> None:
        self._resting = stream
        stream.when_filled(self._wake)

    def abort(self) -> None:
        self.transport.abort()

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():  # it is canceled with the task that waits for it
            writable.set_result(None)

    def eof_received(self) -> bool:
        """Close the connection after the written bytes (False), or at the end of the grace time (True)."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._grace_ends_at:
            return False
        loop.call_at(self._grace_ends_at, self.transport.close)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        task, self._task = self._task, None  # a canceled task refers to this by its traceback: a cycle of 9 kB
        stream, self._resting = self._resting, None
        if task is not None:
            task.cancel()
        if stream is not None:
            stream.close()
        self._on_ended(self)

    def _wake(self) -> None:
        if self._resting is not None:
            self._write(self._resting.turn(self))

    def _write(self, frames: AsyncGenerator[bytes], pause_s: float = 0.0, head: bytes = b"") -> None:
        # An empty context: that of who caused it would be in the log lines of the stream.
        self._task = asyncio.get_running_loop().create_task(
            self._write_all(frames, pause_s, head), name="stream", context=contextvars.Context()
        )

    async def _write_all(self, frames: AsyncGenerator[bytes], pause_s: float, head: bytes) -> None:
        self._resting = None
        if head:
            self.transport.write(head)  # in one packet with the first frame
        try:
            async with aclosing(frames) as pieces:
                async for frame in pieces:
                    if self._writable is not None:
                        await self._writable
                    self.transport.write(chunk(frame))
                    if pause_s:
                        await asyncio.sleep(pause_s)
                        pause_s = 0.0
        except asyncio.CancelledError:  # the reader left, or read nothing for too long
            self.transport.abort()
            raise
        except Exception:  # noqa: BLE001 - nobody awaits this task: log here, and leave the body without its last chunk
            log.get(__name__).exception("a stream crashed")
            self.transport.abort()
        else:
            if self._resting is not None:
                self._task = None
                return
            self.transport.write(LAST_CHUNK)
            self.transport.close()
            asyncio.get_running_loop().call_later(LINGER_S, self.transport.abort)
