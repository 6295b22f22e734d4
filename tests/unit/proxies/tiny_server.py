"""A server with one stream, whose events a test sends, and a client that keeps what it receives."""

import asyncio
from contextlib import suppress
from functools import partial

from infra.proxies.http1 import LAST_CHUNK, Head, chunk, read_head

PAGE = b'{"complete": true}'
LENGTH = f"Content-Length: {len(PAGE)}"


class TinyServer:
    """`/stream` is open until the test ends it; everything else is a small document."""

    def __init__(self) -> None:
        self.requests: list[Head] = []
        self.connections = 0
        self.writer: asyncio.StreamWriter | None = None
        """The connection of the newest stream."""
        self.left = False
        """Whether the reader of a stream left."""
        self._clients: list[TinyClient] = []

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(OSError):
            while (head := await read_head(reader)) is not None:
                self.requests.append(head)
                if head.line[1].startswith("/stream"):
                    await self._stream(head, reader, writer)
                    return
                close = "Connection: close\r\n" if head.get("connection") == "close" else ""
                writer.write(f"HTTP/1.1 200 OK\r\nETag: 1\r\n{LENGTH}\r\n{close}\r\n".encode() + PAGE)
                if close:
                    break
        writer.close()

    async def _stream(self, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._frame = chunk if head.line[2] == "HTTP/1.1" else bytes
        lines = ["HTTP/1.1 200 OK", "Content-Type: text/event-stream", "X-Accel-Buffering: no"]
        if head.line[2] == "HTTP/1.1":
            lines.append("Transfer-Encoding: chunked")
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await writer.drain()
        self.writer = writer
        await reader.read()
        self.left = True

    def send(self, *pieces: bytes) -> None:
        assert self.writer is not None
        for piece in pieces:
            self.writer.write(self._frame(piece))

    def end(self) -> None:
        assert self.writer is not None
        if self._frame is chunk:
            self.writer.write(LAST_CHUNK)
        self.writer.close()

    def cut(self) -> None:
        assert self.writer is not None
        self.writer.transport.abort()

    def client(self, port: int) -> "TinyClient":
        """A client of this port, which leaves at the end at the latest."""
        self._clients.append(TinyClient(port))
        return self._clients[-1]

    async def close(self) -> None:
        for client in self._clients:
            await client.leave()
        self._server.close()
        if self.writer is not None:
            self.writer.close()


class TinyClient:
    """Sends one request and collects the response's bytes."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.bytes = b""
        self.ended = ""
        """How the connection ended: `closed` or `reset`; empty while it is open."""

    async def ask(self, path: str, *headers: str) -> "TinyClient":
        self._reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port)
        self.again(path, *headers)
        self._reading = asyncio.create_task(self._read())
        return self

    def again(self, path: str, *headers: str) -> None:
        self.writer.write("\r\n".join([f"GET {path} HTTP/1.1", "Host: tiny", *headers, "", ""]).encode())

    async def _read(self) -> None:
        try:
            for piece in iter(partial(self._reader.read, 65536), None):
                if not (got := await piece):
                    break
                self.bytes += got
            self.ended = "closed"
        except OSError:
            self.ended = "reset"

    @property
    def head(self) -> str:
        return self.bytes.partition(b"\r\n\r\n")[0].decode()

    @property
    def body(self) -> bytes:
        """The body without its framing."""
        _, _, rest = self.bytes.partition(b"\r\n\r\n")
        if "chunked" not in self.head.lower():
            return rest
        body = b""
        while rest and rest != LAST_CHUNK:
            size, _, rest = rest.partition(b"\r\n")
            body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
        return body

    @property
    def is_whole(self) -> bool:
        """Whether a chunked body has ended."""
        return self.bytes.endswith(b"\r\n" + LAST_CHUNK)

    async def leave(self) -> None:
        self.writer.close()
        await self._reading
