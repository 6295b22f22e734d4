"""One request through the proxy of tests: what a manner may do with it and its response."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

from infra.proxies.http1 import HOP_BY_HOP, LAST_CHUNK, NO_BODY, Head, chunk, read_body, read_head
from infra.proxies.relay import LOOPBACK, RESET

Pieces = AsyncIterator[bytes]
Manner = Callable[["Exchange"], Awaitable[None]]
"""Answers a request, by its server or without."""


@dataclass
class Record:
    """What happened to one request. Times are in seconds since 1970, as a page's `Date.now()`."""

    method: str
    target: str
    accept: str
    waits: bool
    """Whether it asks for a long poll."""
    began: float
    status: str = ""
    head_at: float | None = None
    """When the head was sent to the client."""
    ended: float | None = None
    left: bool = False
    """Whether the client left before the end."""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def is_stream(self) -> bool:
        return self.path.endswith("/stream")

    @property
    def is_poll(self) -> bool:
        """Whether it asks for the status of one session or of all."""
        return self.path.endswith("/status")


@dataclass
class Upstream:
    """A connection to the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def close(self) -> None:
        self.writer.close()


@dataclass(frozen=True)
class Response:
    head: Head
    body: Pieces


class Exchange:
    """A request, its connection to the client and, once it was passed on, the one to the server.

    Args:
        kept: idle connections to the server that may be used again.
    """

    def __init__(
        self, request: Head, body: bytes, client: asyncio.StreamWriter, port: int, kept: list[Upstream]
    ) -> None:
        self.request = request
        self.body = body
        self.client = client
        self.upstream: Upstream | None = None
        self.record = Record(
            *request.line[:2], request.get("accept"), request.get("prefer").startswith("wait"), time.time()
        )
        self.keeps_client = True
        """Whether another request may come on the client's connection."""
        self.dangles = False
        """Whether the connection to the server stays open when the client leaves."""
        self._port = port
        self._kept = kept
        self._is_chunked = False

    async def ask(self, *, version: str = "HTTP/1.1", half_close: bool = False, reuse: bool = False) -> Response:
        """Passes the request on, and reads the head of the response."""
        request = self.request.without(*HOP_BY_HOP)
        if self.body:
            request = request.having(content_length=str(len(self.body)))
        request = request.having(connection="keep-alive" if reuse else "close")
        request = replace(request, line=(*request.line[:2], version))
        used = reuse and bool(self._kept)
        self.upstream = self._kept.pop() if used else Upstream(*await asyncio.open_connection(LOOPBACK, self._port))
        self.upstream.writer.write(request.encode() + self.body)
        if half_close:
            self.upstream.writer.write_eof()
        head = await read_head(self.upstream.reader)
        if head is None and used:  # the server closed the idle connection
            self._kept.clear()
            return await self.ask(version=version, reuse=reuse)
        if head is None:
            raise ConnectionError("the server closed the connection without a response")
        body = read_body(self.upstream.reader, head, to_head=self.request.line[0] == "HEAD")
        return Response(head, self._then_keep(body, head) if reuse else body)

    async def _then_keep(self, body: Pieces, head: Head) -> Pieces:
        async for piece in body:
            yield piece
        if head.get("connection").lower() != "close" and self.upstream is not None:
            self._kept.append(self.upstream)
            self.upstream = None

    async def start(self, head: Head, *, version: str = "HTTP/1.1") -> None:
        """Sends a response's head. A body of unknown length is chunked, or before HTTP/1.1 ends with the connection."""
        head = replace(head.without(*HOP_BY_HOP), line=(version, *head.line[1:]))
        has_end = head.line[1] in NO_BODY or self.request.line[0] == "HEAD" or head.get("content-length") != ""
        self._is_chunked = not has_end and version == "HTTP/1.1"
        if self._is_chunked:
            head = head.having(transfer_encoding="chunked")
        if version != "HTTP/1.1":
            self.keeps_client = False
            head = head.having(connection="close")
        self.record.status, self.record.head_at = head.line[1], time.time()
        self.client.write(head.encode())
        await self.client.drain()

    async def send(self, piece: bytes) -> None:
        """Sends a piece of the body, if it is not empty."""
        if piece:
            self.client.write(chunk(piece) if self._is_chunked else piece)
            await self.client.drain()

    async def end(self) -> None:
        """Ends the body."""
        if self._is_chunked:
            self.client.write(LAST_CHUNK)
            await self.client.drain()

    async def answer(self, head: Head, body: bytes) -> None:
        """Answers by itself."""
        await self.start(head.having(content_length=str(len(body))))
        await self.send(body)

    def abort(self) -> None:
        """Resets the client's connection."""
        self.keeps_client = False
        with contextlib.suppress(OSError):
            self.client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.client.transport.abort()


async def forever() -> None:
    """Does nothing, until the client leaves."""
    await asyncio.Event().wait()
