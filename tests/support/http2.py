"""An HTTP/2 client without TLS, by prior knowledge (RFC 9113, §3.3)."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Self

import h2.connection
import h2.events
from h2.errors import ErrorCodes

from tests.support.connection import Cut, received
from tests.support.event_stream import Received

RECV_BYTES = 65536
STREAM_ID = 1
"""The first request of a connection."""


def head(path: str, headers: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """The head of a GET."""
    pseudo = {":method": "GET", ":path": path, ":scheme": "http", ":authority": "x"}
    return list((pseudo | dict(headers or {})).items())


def asking(path: str, headers: Mapping[str, str] | None = None) -> h2.connection.H2Connection:
    """A client that begins a connection with a GET; its bytes are still to be sent."""
    client = h2.connection.H2Connection()
    client.initiate_connection()
    client.send_headers(STREAM_ID, head(path, headers), end_stream=True)
    return client


async def events_until(
    client: h2.connection.H2Connection,
    reader: asyncio.StreamReader,
    enough: Callable[[list[h2.events.Event]], bool],
) -> list[h2.events.Event]:
    """The server's events until `enough` is true of them or the connection ends."""
    events: list[h2.events.Event] = []
    while not enough(events) and (data := await reader.read(RECV_BYTES)):
        events += client.receive_data(data)
    return events


class Http2Stream:
    """One event stream on an HTTP/2 connection of its own."""

    def __init__(
        self, client: h2.connection.H2Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._client, self._reader, self._writer = client, reader, writer

    @classmethod
    async def open(cls, port: int, path: str, headers: Mapping[str, str]) -> Self:
        """Sends a GET."""
        stream = cls(asking(path, headers), *await asyncio.open_connection("127.0.0.1", port))
        stream._send()
        return stream

    def events(self) -> AsyncGenerator[Received]:
        """The events as they arrive, up to the end of the response. Raises Cut: it ended in any other way."""
        return received(self._pieces())

    async def _pieces(self) -> AsyncGenerator[bytes]:
        while data := await self._reader.read(RECV_BYTES):
            for event in self._client.receive_data(data):
                if isinstance(event, h2.events.DataReceived):
                    self._client.acknowledge_received_data(event.flow_controlled_length, STREAM_ID)
                    yield event.data
                elif isinstance(event, h2.events.StreamEnded):
                    return
                elif isinstance(event, h2.events.StreamReset | h2.events.ConnectionTerminated):
                    raise Cut
            self._send()
        raise Cut

    def reset(self) -> None:
        """Leaves the stream; the connection stays, as a browser's does."""
        self._client.reset_stream(STREAM_ID, ErrorCodes.CANCEL)
        self._send()

    def close(self) -> None:
        """Closes the connection."""
        self._writer.close()

    def _send(self) -> None:
        self._writer.write(self._client.data_to_send())
