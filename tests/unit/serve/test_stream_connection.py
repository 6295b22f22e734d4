"""A stream connection makes the kernel end it when its client is gone without closing, and leaves no garbage."""

import asyncio
import gc
import socket
import time
import weakref
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from playhead.live.takeover import FrameWriter
from playhead.serve.stream_connection import FIRST_PAUSE_S, UNACKNOWLEDGED_S, USER_TIMEOUT, StreamConnection
from tests.support.waiting import async_until


async def no_frames(_: FrameWriter | None) -> AsyncGenerator[bytes]:
    await asyncio.Event().wait()
    yield b""


@asynccontextmanager
async def connected() -> AsyncIterator[asyncio.Transport]:
    """The server's side of a connection."""
    loop = asyncio.get_running_loop()
    made: asyncio.Future[asyncio.Transport] = loop.create_future()

    class Client(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            made.set_result(transport)  # type: ignore[arg-type]  # uvloop's is no subclass

    server = await loop.create_server(Client, "127.0.0.1", 0)
    async with server:
        with socket.create_connection(server.sockets[0].getsockname()):
            yield await made


async def test_kernel_ends_a_stream_whose_client_acknowledges_nothing() -> None:
    """Checks only the socket option: the timeout itself was checked by hand, with a network link taken down."""
    async with connected() as transport:
        stream = StreamConnection(transport, no_frames, lambda _: None)
        assert USER_TIMEOUT is not None
        timeout_ms = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, USER_TIMEOUT)
        assert timeout_ms == UNACKNOWLEDGED_S * 1000
        stream.abort()


async def test_first_frame_is_alone_for_a_while() -> None:
    """Else a proxy that judges by its first read sees more than `hello`."""
    asked: list[float] = []

    async def frames(_: FrameWriter | None) -> AsyncGenerator[bytes]:
        for name in (b"first", b"second", b"third"):
            asked.append(time.monotonic())
            yield name

    async with connected() as transport:
        StreamConnection(transport, frames, lambda _: None, first_pause_s=FIRST_PAUSE_S)
        await async_until(lambda: len(asked) == 3, "all frames are written")
    assert asked[1] - asked[0] >= FIRST_PAUSE_S / 2  # uvloop counts in milliseconds


class Frames:
    """What a stream holds as long as it is in memory."""

    async def __call__(self, _: FrameWriter | None) -> AsyncGenerator[bytes]:
        yield b"first"
        await asyncio.Event().wait()


async def test_stream_that_ended_is_freed_without_the_collector() -> None:
    """A full collection is rare (`GC_THRESHOLDS`): streams that wait for one cost 9 kB each."""
    frames = Frames()
    held = weakref.ref(frames)
    async with connected() as transport:
        gc.disable()
        try:
            stream = StreamConnection(transport, frames, lambda _: None)
            del frames
            await asyncio.sleep(0)  # its task begins
            stream.abort()
            del stream
            await async_until(lambda: held() is None, "the stream is freed")
        finally:
            gc.enable()
