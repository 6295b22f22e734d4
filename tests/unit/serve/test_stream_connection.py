"""A stream connection makes the kernel end it when its client is gone without closing."""

import asyncio
import socket
from collections.abc import AsyncGenerator

from playhead.live.takeover import FrameWriter
from playhead.serve.stream_connection import UNACKNOWLEDGED_S, USER_TIMEOUT, StreamConnection


async def no_frames(_: FrameWriter | None) -> AsyncGenerator[bytes]:
    await asyncio.Event().wait()
    yield b""


async def test_kernel_ends_a_stream_whose_client_acknowledges_nothing() -> None:
    """Checks only the socket option: the timeout itself was checked by hand, with a network link taken down."""
    loop = asyncio.get_running_loop()
    connected: asyncio.Future[asyncio.Transport] = loop.create_future()

    class Client(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connected.set_result(transport)  # type: ignore[arg-type]  # uvloop's is no subclass

    server = await loop.create_server(Client, "127.0.0.1", 0)
    async with server:
        with socket.create_connection(server.sockets[0].getsockname()):
            transport = await connected
            stream = StreamConnection(transport, no_frames, lambda _: None)
            assert USER_TIMEOUT is not None
            timeout_ms = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, USER_TIMEOUT)
            assert timeout_ms == UNACKNOWLEDGED_S * 1000
            stream.abort()
