"""An HTTP/1.1 client that reads one event stream over a TCP connection."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Self

from tests.support.event_stream import Received, parse
from tests.support.waiting import ANSWER_S


class Cut(ConnectionError):
    """The connection ended in the middle of the response."""


def request(path: str, headers: dict[str, str]) -> bytes:
    """A GET."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def received(pieces: AsyncGenerator[bytes]) -> AsyncGenerator[Received]:
    """The events of a body, each as soon as it is whole."""
    block = b""
    async with aclosing(pieces) as bodies:
        async for piece in bodies:
            *blocks, block = (block + piece).split(b"\n\n")
            for whole in blocks:
                for event in parse(whole + b"\n\n"):
                    yield event
    assert block == b""


class Connection:
    """One stream over one TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._reader = reader
        self.status = 0
        self.headers: dict[str, str] = {}

    @classmethod
    async def open(cls, port: int, path: str, headers: dict[str, str]) -> Self:
        """Sends a GET and reads the response's head. Raises OSError if there is none."""
        connection = cls(*await asyncio.open_connection("127.0.0.1", port))
        try:
            await connection._ask(path, headers)
        except BaseException:
            connection.close()
            raise
        return connection

    async def _ask(self, path: str, headers: dict[str, str]) -> None:
        self.writer.write(request(path, headers))
        async with asyncio.timeout(ANSWER_S):
            self.status = int((await self._line()).split()[1])
            while line := await self._line():
                name, _, value = line.partition(":")
                self.headers[name.lower()] = value.strip()

    def events(self) -> AsyncGenerator[Received]:
        """The events as they arrive, up to the last chunk of the response. Raises OSError: they ended otherwise."""
        return received(self._chunks())

    async def _chunks(self) -> AsyncGenerator[bytes]:
        assert self.headers["transfer-encoding"] == "chunked"
        while size := int(await self._line(), 16):
            yield await self._exactly(size)
            assert await self._line() == ""
        assert await self._line() == ""

    async def _line(self) -> str:
        line = await self._reader.readline()
        if not line.endswith(b"\r\n"):
            raise Cut
        return line[:-2].decode()

    async def _exactly(self, size: int) -> bytes:
        try:
            return await self._reader.readexactly(size)
        except asyncio.IncompleteReadError:
            raise Cut from None

    async def is_over(self) -> bool:
        """Waits for a byte or the end; True if the server closed without sending more."""
        return await self._reader.read(1) == b""

    def close(self) -> None:
        self.writer.close()
