"""A connection as Hypercorn sees it, a stream reader and a stream writer, and the way out of that."""

import asyncio
from collections.abc import Callable
from typing import Any, cast


class Connection(asyncio.Protocol):
    """What arrives goes to `reader`; what Hypercorn writes goes out, until the transport is taken.

    Stands in for the `StreamWriter` that Hypercorn's `TCPServer` is made with: asyncio's own closes its transport when
    it is collected, whoever uses that by then.
    """

    def __init__(self, made: Callable[["Connection"], object]) -> None:
        self.reader = asyncio.StreamReader()
        self._made = made
        self._transport: asyncio.Transport | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._lost = asyncio.Event()
        self.speaking: asyncio.Task[None] | None = None
        """Hypercorn's side of it, while it speaks."""

    def take(self) -> asyncio.Transport | None:
        """The transport, which from now on is the caller's; None if the client is gone or going.

        Hypercorn sees an end of the connection, and what it writes goes nowhere. It is ended, too: with a request that
        waits behind this one it does not look for an end, and what runs for it would last as long as the process.
        """
        transport = self._transport
        gone = self._lost.is_set() or self.reader.at_eof() or self.reader.exception() is not None
        if transport is None or gone or transport.is_closing():
            return None
        self._transport = None
        self._room.set()
        self._lost.set()
        self.reader.feed_eof()
        if self.speaking is not None:
            asyncio.get_running_loop().call_soon(self.speaking.cancel)  # not now: the caller is of its tasks
        return transport

    # The protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's has its methods, not its ancestors
        self.reader.set_transport(transport)  # so that no more is read than is taken
        self._made(self)

    def data_received(self, data: bytes) -> None:
        self.reader.feed_data(data)

    def eof_received(self) -> bool:
        self.reader.feed_eof()
        return True  # an answer may still be on its way out

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._room.set()
        self._lost.set()
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
        if self._transport is not None:
            self._transport.write(data)

    async def drain(self) -> None:
        await self._room.wait()

    def write_eof(self) -> None:
        if self._transport is not None and self._transport.can_write_eof():
            self._transport.write_eof()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def wait_closed(self) -> None:
        await self._lost.wait()

    def get_extra_info(self, name: str) -> Any:
        return self._transport.get_extra_info(name) if self._transport is not None else None
