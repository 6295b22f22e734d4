"""Implements the stream reader and writer that Hypercorn uses for a TCP connection, and its timeouts."""

import asyncio
import fcntl
import socket
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol, cast

from playhead.live.http import UNKNOWN_ADDRESS

UNREAD_S = 30.0
"""A client that reads no byte of a response for this long is disconnected, as one of a stream is. A player that only
paused requests the rest by `Range`."""
FIRST_S = 10.0
"""Time for the head of a connection's first request. A browser or a proxy sends it at once, in two packets at most.
Ten times what a bad mobile network needs, and a seventh of the keep-alive timeout that applies afterwards."""
ANSWER_S = 10.0
"""Longest pause of a response whose client has closed its side (half-closed). Until something is written, TCP does not
distinguish a client that still reads from one that left. Every response except long polling begins sooner."""
NO_LINGER = struct.pack("ii", 1, 0)
"""SO_LINGER on, with 0 s: closing resets the connection."""
CHECKS = 6
"""Checks within `UNREAD_S`: a stalled client is disconnected at most a sixth late."""


class ReadProgress:
    """Detects that a client has stopped reading; a slow one is fine."""

    def __init__(self, unread_s: float = UNREAD_S, clock: Callable[[], float] = time.monotonic) -> None:
        self.check_interval_s = unread_s / CHECKS
        self._unread_s, self._clock = unread_s, clock
        self.note_progress(0)

    def note_progress(self, read: int) -> None:
        """Restart the timeout at `read` bytes: call it when there is something to read again."""
        self._read, self._read_at = read, self._clock()

    def has_stalled(self, read: int) -> bool:
        """Record that `read` bytes have been read in total; True if the number has not grown for too long."""
        if read > self._read:
            self.note_progress(read)
        return self._clock() - self._read_at >= self._unread_s


class Handler(Protocol):
    """Reads a connection in place of Hypercorn."""

    def received(self, data: bytes) -> None: ...

    def ended(self) -> bool:
        """The client has closed its side. Returns whether the connection stays open."""
        ...

    def lost(self) -> None: ...

    @property
    def is_idle(self) -> bool:
        """Whether no request is answered, or waits for its turn."""
        ...

    def close_if_idle(self) -> None: ...


class Connection(asyncio.Protocol):
    """Feeds received bytes to `reader` and sends what Hypercorn writes, until the transport is taken.

    Replaces the `StreamWriter` that Hypercorn's `TCPServer` expects: asyncio's own closes its transport when it is
    garbage collected, even if something else uses the transport by then.

    Args:
        on_made: called with the connection when it is established.
        unread_s: seconds without reading after which the client is disconnected.
        first_s: seconds until the head of the first request must be complete.
        answer_s: longest pause of a response to a half-closed client, in seconds.
    """

    def __init__(
        self,
        on_made: Callable[["Connection"], object],
        *,
        unread_s: float = UNREAD_S,
        first_s: float = FIRST_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        self.reader = asyncio.StreamReader()
        self._on_made = on_made
        self._transport: asyncio.Transport | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._lost = asyncio.Event()
        self.is_gone = False
        """Whether the client left or was disconnected."""
        self.is_half_closed = False
        """Whether the client has closed its side: it left, or it has no more requests."""
        self.answer_s = answer_s
        self._written = 0
        self._progress = ReadProgress(unread_s)
        self._progress_timer: asyncio.TimerHandle | None = None
        """Runs while written bytes are unread."""
        self._first_s = first_s
        self._first_timer: asyncio.TimerHandle | None = None
        """Disconnects the client; runs until the first request."""
        self._requests = 0
        self.handler: Handler | None = None
        """Reads this connection; None: Hypercorn does."""
        self.http_task: asyncio.Task[None] | None = None
        """Runs Hypercorn for this connection."""

    @property
    def is_idle(self) -> bool:
        """Whether no request is in progress."""
        return self._requests == 0 and (self.handler is None or self.handler.is_idle)

    @contextmanager
    def request(self) -> Iterator[None]:
        """Counts a request as in progress."""
        self._stop_first_timer()
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1

    @property
    def address(self) -> str:
        """The client's address, or the proxy's."""
        peer = self.get_extra_info("peername")
        return str(peer[0]) if isinstance(peer, tuple) else UNKNOWN_ADDRESS

    @property
    def is_open(self) -> bool:
        """Whether Hypercorn may still write to it."""
        return self._transport is not None

    async def wait_for_end(self) -> None:
        """Wait until the connection ends, or until nothing was written for `answer_s`."""
        written = -1
        while self.is_open and written < self._written:
            written = self._written
            with suppress(TimeoutError):
                async with asyncio.timeout(self.answer_s):
                    await self._lost.wait()

    def take(self) -> asyncio.Transport | None:
        """Return the transport, which the caller owns from now on; None if the client is gone.

        Hypercorn reads an end of file, and what it writes is dropped. Its task is canceled as well: while another
        request is buffered it does not read, so it would not see the end of file and would run for ever.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            return None
        self._release_transport()
        self.reader.feed_eof()
        self.cancel_http()
        return transport

    def cancel_http(self) -> None:
        """Cancel Hypercorn's task, at the event loop's next turn."""
        if self.http_task is not None:
            asyncio.get_running_loop().call_soon(self.http_task.cancel)  # the caller runs inside this task

    def cut(self) -> None:
        """Reset the connection at once and drop unsent bytes: the client sees that the response is incomplete."""
        if self._transport is not None:
            with suppress(OSError):  # already closed
                self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's has its methods, but is no subclass
        self.reader.set_transport(transport)  # for backpressure
        self._first_timer = asyncio.get_running_loop().call_later(self._first_s, self.cut)
        self._on_made(self)

    def data_received(self, data: bytes) -> None:
        if self.handler is not None:
            self.handler.received(data)
        else:
            self.reader.feed_data(data)

    def eof_received(self) -> bool:
        self.is_half_closed = True
        if self.handler is not None:
            return self.handler.ended()
        self.reader.feed_eof()
        return True  # keep the transport open: a response may still be in progress

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_gone = True
        self._release_transport()
        if self.handler is not None:
            self.handler.lost()
        if exc is None:
            self.reader.feed_eof()
        else:
            self.reader.set_exception(exc)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def pause_reading(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    # asyncio.StreamWriter, as far as Hypercorn uses it

    def write(self, data: bytes) -> None:
        if self._transport is None:
            return
        self._transport.write(data)
        self._written += len(data)
        if self._progress_timer is None and self._transport.get_write_buffer_size():
            self._check_progress()

    async def drain(self) -> None:
        await self._writable.wait()

    def write_eof(self) -> None:
        # Not after `cut`: uvloop would still send a FIN, and the client would take the response for complete.
        if self._transport is not None and not self._transport.is_closing() and self._transport.can_write_eof():
            self._transport.write_eof()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def wait_closed(self) -> None:
        await self._lost.wait()

    def get_extra_info(self, name: str) -> Any:
        return self._transport.get_extra_info(name) if self._transport is not None else None

    # Timeouts

    def _check_progress(self) -> None:
        """Disconnect a client that has stopped reading; check again while written bytes are unread."""
        transport = self._transport
        unsent = transport.get_write_buffer_size() if transport is not None else 0
        is_first_check, self._progress_timer = self._progress_timer is None, None
        if transport is None or not unsent:
            return
        read = self._written - unsent - _unacknowledged(transport)
        if is_first_check:
            self._progress.note_progress(read)
        elif self._progress.has_stalled(read):
            self.cut()
            return
        loop = asyncio.get_running_loop()
        self._progress_timer = loop.call_later(self._progress.check_interval_s, self._check_progress)

    def _stop_first_timer(self) -> None:
        if self._first_timer is not None:
            self._first_timer.cancel()
            self._first_timer = None

    def _release_transport(self) -> None:
        self._transport = None
        self._stop_first_timer()
        if self._progress_timer is not None:
            self._progress_timer.cancel()
        self._writable.set()
        self._lost.set()


def _unacknowledged(transport: asyncio.Transport) -> int:
    """Bytes in the kernel's send queue (Linux, 0 elsewhere): a slow reader needs up to a minute for these, and the
    transport's buffer does not shrink meanwhile."""
    try:
        descriptor = transport.get_extra_info("socket").fileno()
        return int.from_bytes(fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except (OSError, ValueError):  # unsupported, or already closed
        return 0
