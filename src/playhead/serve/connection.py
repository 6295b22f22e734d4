"""A connection as Hypercorn sees it, a stream reader and a stream writer, and the way out of that."""

import asyncio
import fcntl
import socket
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

UNREAD_S = 30.0
"""A reader that takes no byte of an answer for so long is cut off, as one of a stream is. A player that only paused
comes back and asks for the rest by `Range`."""
FIRST_S = 10.0
"""For the head of a connection's first request: a browser or a proxy that connects has one, and sends it in two packets
at most. Ten times what a bad mobile network needs, and a seventh of what an idle connection may stay afterwards."""
ANSWER_S = 10.0
"""For an answer to begin, or to go on, when its client has closed its side: TCP does not tell who still reads from who
left until something is written. Any answer but a long wait begins sooner, and who left costs no more than that wait."""
NO_LINGER = struct.pack("ii", 1, 0)
"""On, for 0 s: closing resets the connection."""
LOOKS = 6
"""How often it is looked at in that time: it ends at most a sixth late."""


class Reading:
    """Whether a client goes on reading, however slowly."""

    def __init__(self, unread_s: float = UNREAD_S, clock: Callable[[], float] = time.monotonic) -> None:
        self.look_s = unread_s / LOOKS
        self._unread_s, self._clock = unread_s, clock
        self.note_progress(0)

    def note_progress(self, read: int) -> None:
        """So many bytes it had read when it was given more."""
        self._read, self._read_at = read, self._clock()

    def stands_still(self, read: int) -> bool:
        """Whether so many bytes are no more than there were for too long."""
        if read > self._read:
            self.note_progress(read)
        return self._clock() - self._read_at >= self._unread_s


class Connection(asyncio.Protocol):
    """What arrives goes to `reader`; what Hypercorn writes goes out, until the transport is taken.

    Stands in for the `StreamWriter` that Hypercorn's `TCPServer` is made with: asyncio's own closes its transport when
    it is collected, whoever uses that by then.
    """

    def __init__(
        self,
        made: Callable[["Connection"], object],
        *,
        unread_s: float = UNREAD_S,
        first_s: float = FIRST_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        self.reader = asyncio.StreamReader()
        self._made = made
        self._transport: asyncio.Transport | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._lost = asyncio.Event()
        self.is_gone = False
        """Whether the client left, or was cut off."""
        self.is_half_closed = False
        """Whether the client has closed its side. It may have left, or only have nothing more to ask."""
        self.answer_s = answer_s
        """For how long its answer may be silent then."""
        self._written = 0
        self._reading = Reading(unread_s)
        self._watch: asyncio.TimerHandle | None = None
        """The next look, while something waits to be read."""
        self._first_s = first_s
        self._first: asyncio.TimerHandle | None = None
        """Cuts it, until it has a request."""
        self._requests = 0
        self.speaking: asyncio.Task[None] | None = None
        """Hypercorn's side of it, while it speaks."""

    @property
    def is_idle(self) -> bool:
        """Whether no request is under way on it, or none has come."""
        return self._requests == 0

    @contextmanager
    def request(self) -> Iterator[None]:
        """Holds while a request is under way."""
        self._expect_no_first()
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1

    @property
    def is_open(self) -> bool:
        """Whether Hypercorn may still write to it."""
        return self._transport is not None

    async def answered(self) -> None:
        """Wait for the end of the connection, which comes with the last answer, while something is written for it."""
        written = -1
        while self.is_open and written < self._written:
            written = self._written
            with suppress(TimeoutError):
                async with asyncio.timeout(self.answer_s):
                    await self._lost.wait()

    def take(self) -> asyncio.Transport | None:
        """The transport, which from now on is the caller's; None if the client is gone.

        Hypercorn sees an end of the connection, and what it writes goes nowhere. It is ended, too: with a request that
        waits behind this one it does not look for an end, and what runs for it would last as long as the process.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            return None
        self._let_go()
        self.reader.feed_eof()
        self.cancel_speaking()
        return transport

    def cancel_speaking(self) -> None:
        """End Hypercorn's side of it."""
        if self.speaking is not None:
            asyncio.get_running_loop().call_soon(self.speaking.cancel)  # not now: the caller is of its tasks

    def cut(self) -> None:
        """End it at once by a reset, whatever waits to be sent: the client sees that it has not got all."""
        if self._transport is not None:
            with suppress(OSError):  # it is gone
                self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            self._transport.abort()

    # The protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's has its methods, not its ancestors
        self.reader.set_transport(transport)  # so that no more is read than is taken
        self._first = asyncio.get_running_loop().call_later(self._first_s, self.cut)
        self._made(self)

    def data_received(self, data: bytes) -> None:
        self.reader.feed_data(data)

    def eof_received(self) -> bool:
        self.is_half_closed = True
        self.reader.feed_eof()
        return True  # an answer may still be on its way out

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_gone = True
        self._let_go()
        if exc is None:
            self.reader.feed_eof()
        else:
            self.reader.set_exception(exc)

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    # The writer

    def write(self, data: bytes) -> None:
        if self._transport is None:
            return
        self._transport.write(data)
        self._written += len(data)
        if self._watch is None and self._transport.get_write_buffer_size():
            self._look()

    async def drain(self) -> None:
        await self._room.wait()

    def write_eof(self) -> None:
        # Not behind `cut`: on uvloop it would still send the end of what is to end by a reset.
        if self._transport is not None and not self._transport.is_closing() and self._transport.can_write_eof():
            self._transport.write_eof()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def wait_closed(self) -> None:
        await self._lost.wait()

    def get_extra_info(self, name: str) -> Any:
        return self._transport.get_extra_info(name) if self._transport is not None else None

    # The end of it

    def _look(self) -> None:
        """Cut it when the client has read nothing for too long, else look again while something waits to be read."""
        transport = self._transport
        waiting = transport.get_write_buffer_size() if transport is not None else 0
        first, self._watch = self._watch is None, None
        if transport is None or not waiting:
            return
        read = self._written - waiting - _in_kernel(transport)
        if first:
            self._reading.note_progress(read)
        elif self._reading.stands_still(read):
            self.cut()
            return
        self._watch = asyncio.get_running_loop().call_later(self._reading.look_s, self._look)

    def _expect_no_first(self) -> None:
        if self._first is not None:
            self._first.cancel()
            self._first = None

    def _let_go(self) -> None:
        self._transport = None
        self._expect_no_first()
        if self._watch is not None:
            self._watch.cancel()
        self._room.set()
        self._lost.set()


def _in_kernel(transport: asyncio.Transport) -> int:
    """Bytes on their way, where the kernel says so (Linux): a slow reader lives on these for a minute before there is
    room for more."""
    try:
        descriptor = transport.get_extra_info("socket").fileno()
        return int.from_bytes(fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except (OSError, ValueError):  # not here, or not any more
        return 0
