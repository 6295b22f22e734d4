"""A line asks the kernel to end it when its client is gone without a word."""

import asyncio
import socket
from collections.abc import AsyncGenerator

from playhead.delivery.takeover import StreamConnection
from playhead.serve.line import UNANSWERED_S, USER_TIMEOUT, Line


async def no_frames(_: StreamConnection | None) -> AsyncGenerator[bytes]:
    await asyncio.Event().wait()
    yield b""


async def test_stream_whose_client_confirms_nothing_is_given_up_by_the_kernel() -> None:
    """That it does so takes a network that loses everything: seen by hand, with a link that was taken down."""
    loop = asyncio.get_running_loop()
    connected: asyncio.Future[asyncio.Transport] = loop.create_future()

    class Client(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connected.set_result(transport)  # type: ignore[arg-type]  # uvloop's has its methods, not its ancestors

    server = await loop.create_server(Client, "127.0.0.1", 0)
    async with server:
        with socket.create_connection(server.sockets[0].getsockname()):
            transport = await connected
            line = Line(transport, no_frames, lambda _: None)
            assert USER_TIMEOUT is not None
            told = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, USER_TIMEOUT)
            assert told == UNANSWERED_S * 1000
            line.abort()
