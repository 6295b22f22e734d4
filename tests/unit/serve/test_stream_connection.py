"""A stream connection makes the kernel end it when its client is gone without closing, and leaves no garbage."""

import asyncio
import gc
import socket
import time
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from playhead.live.takeover import FrameWriter, Resting
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


class Sleeper:
    """A stream of one frame a turn, which rests between two, and is woken by hand."""

    def __init__(self, turns: int) -> None:
        self.turns = turns
        self.wake: Callable[[], object] | None = None
        self.has_left = False

    def when_filled(self, wake: Callable[[], object]) -> None:
        self.wake = wake

    async def turn(self, connection: FrameWriter | None) -> AsyncGenerator[bytes]:
        self.turns -= 1
        yield b"%d" % self.turns
        if self.turns and connection is not None:
            connection.rest(self)

    def close(self) -> None:
        self.has_left = True

    def go_on(self) -> None:
        wake, self.wake = self.wake, None
        assert wake is not None
        wake()


def tasks() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "stream"]


async def test_stream_that_rests_has_no_task() -> None:
    async with connected() as transport:
        sleeper: Resting = Sleeper(3)
        assert isinstance(sleeper, Sleeper)
        stream = StreamConnection(transport, sleeper.turn, lambda _: None)
        await async_until(lambda: sleeper.wake is not None and not tasks(), "it rests")
        sleeper.go_on()
        assert tasks()
        await async_until(lambda: sleeper.turns == 1 and not tasks(), "it rests again")
        assert not transport.is_closing()
        sleeper.go_on()
        await async_until(transport.is_closing, "its body ends after the last turn")
        assert not sleeper.has_left
        stream.abort()


@pytest.mark.parametrize("is_woken", [False, True])
async def test_stream_that_rests_is_closed_when_its_reader_leaves(is_woken: bool) -> None:
    async with connected() as transport:
        sleeper = Sleeper(3)
        stream = StreamConnection(transport, sleeper.turn, lambda _: None)
        await async_until(lambda: sleeper.wake is not None and not tasks(), "it rests")
        if is_woken:
            sleeper.go_on()
        stream.connection_lost(None)
        assert sleeper.has_left
        await async_until(lambda: not tasks(), "no turn begins")
        assert sleeper.turns == 2
        transport.abort()
