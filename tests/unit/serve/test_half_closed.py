"""Clients that close their side after a request: one that still reads is answered, one that left is released."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from quart import Quart, Response, request

from playhead.adapters.live_quart import response
from playhead.live.endpoints import STREAM_HEADERS
from playhead.live.http import Answer
from playhead.live.takeover import FrameWriter
from playhead.serve.server import Server
from tests.support.waiting import async_until
from tests.unit.serve import serving
from tests.unit.serve.serving import DEADLINE_S

SHORT_S = 0.2
PIECES, PIECE = 6, b"x" * 1024
PLAIN = b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n"
SLOW = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
STREAM = b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"
BODY = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"
LEAVE: dict[str, Callable[[asyncio.StreamWriter], object]] = {
    "close": lambda writer: writer.close(),
    "half-close": lambda writer: writer.write_eof(),
    "reset": lambda writer: writer.transport.abort(),
}


@dataclass
class App:
    quart: Quart
    go: asyncio.Event = field(default_factory=asyncio.Event)
    in_progress: int = 0
    """Requests that wait or stream."""

    async def frames(self, _: FrameWriter | None) -> AsyncGenerator[bytes]:
        self.in_progress += 1
        try:
            yield b"hello"
            await asyncio.sleep(0)
            yield b"status"
            await self.go.wait()
        finally:
            self.in_progress -= 1


@pytest.fixture
async def app() -> App:
    quart = Quart(__name__)
    app = App(quart)

    @quart.get("/plain")
    async def plain() -> str:
        return "plain"

    @quart.get("/slow")
    async def slow() -> str:
        app.in_progress += 1
        try:
            await app.go.wait()
        finally:
            app.in_progress -= 1
        return "slow"

    @quart.get("/pieces")
    async def pieces() -> Response:
        async def body() -> AsyncGenerator[bytes]:
            for _ in range(PIECES):
                yield PIECE
                await asyncio.sleep(SHORT_S / 4)

        return Response(body())

    @quart.post("/body")
    async def body() -> Response:
        return Response(await request.get_data())

    @quart.get("/stream")
    async def stream() -> Response:
        return response(Answer(status=200, headers=STREAM_HEADERS, frames=app.frames))

    return app


def served(
    app: App, *, half_close_grace_s: float = SHORT_S, **limits: Any
) -> AbstractAsyncContextManager[tuple[Server, int]]:
    patient = serving.quiet(keep_alive_timeout=10 * DEADLINE_S)
    return serving.served(app.quart, patient, half_close_grace_s=half_close_grace_s, **limits)


@asynccontextmanager
async def connected(port: int, sent: bytes) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    yield reader, writer
    writer.close()


async def answered(port: int, sent: bytes) -> bytes:
    """Everything that a client receives that closes its side at once."""
    async with connected(port, sent) as (reader, writer):
        writer.write_eof()
        return await reader.read()


@pytest.mark.parametrize(
    ("sent", "end"),
    [(PLAIN, b"plain"), (BODY, b"body"), (PLAIN + BODY, b"body")],
    ids=["without a body", "with a body", "behind another"],
)
async def test_whole_request_is_answered(app: App, sent: bytes, end: bytes) -> None:
    async with served(app) as (server, port):
        answer = await answered(port, sent)
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(end)
        await async_until(lambda: not server.http_tasks)


async def test_slow_response_to_a_half_closed_client_is_sent(app: App) -> None:
    async with served(app) as (server, port), connected(port, SLOW) as (reader, writer):
        writer.write_eof()
        await async_until(lambda: app.in_progress == 1)
        app.go.set()
        assert (await reader.read()).endswith(b"slow")
        await async_until(lambda: not server.http_tasks)


async def test_response_in_progress_is_sent_completely(app: App) -> None:
    async with served(app, answer_s=SHORT_S) as (_, port):
        answer = await answered(port, b"GET /pieces HTTP/1.0\r\n\r\n")
        assert answer.endswith(b"\r\n\r\n" + PIECES * PIECE)


@pytest.mark.parametrize("how", LEAVE)
async def test_response_that_does_not_begin_in_time_is_canceled(app: App, how: str) -> None:
    async with served(app, answer_s=SHORT_S) as (server, port), connected(port, SLOW) as (_, writer):
        await async_until(lambda: app.in_progress == 1)
        LEAVE[how](writer)
        await async_until(lambda: app.in_progress == 0)
        await async_until(lambda: not server.http_tasks)


async def test_incomplete_request_is_refused_at_once(app: App) -> None:
    async with served(app, answer_s=10 * DEADLINE_S) as (server, port):
        assert (await answered(port, BODY[:-1])).startswith(b"HTTP/1.1 400")
        await async_until(lambda: not server.http_tasks)


@pytest.mark.parametrize("behind", [b"", PLAIN], ids=["alone", "another request behind it"])
async def test_stream_begins_for_a_half_closed_client(app: App, behind: bytes) -> None:
    async with served(app) as (server, port):
        began = asyncio.get_running_loop().time()
        answer = await answered(port, STREAM + behind)
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b"\r\n\r\n5\r\nhello\r\n6\r\nstatus\r\n")
        assert asyncio.get_running_loop().time() - began >= SHORT_S * 0.9
        await async_until(lambda: not server.streams)
        await async_until(lambda: not server.http_tasks)
        assert app.in_progress == 0


@pytest.mark.parametrize("how", LEAVE)
@pytest.mark.parametrize("reads", [True, False], ids=["after its first events", "at once"])
async def test_pipelined_request_is_freed_when_the_client_leaves(app: App, how: str, reads: bool) -> None:
    async with served(app) as (server, port), connected(port, STREAM + PLAIN + SLOW) as (reader, writer):
        await async_until(lambda: server.http_tasks or server.streams)
        if reads:
            await reader.readuntil(b"status\r\n")
        LEAVE[how](writer)
        await async_until(lambda: app.in_progress == 0 and not server.streams and not server.http_tasks)


async def test_pipelined_request_is_freed_when_the_stream_ends(app: App) -> None:
    async with served(app) as (server, port), connected(port, STREAM + PLAIN + SLOW) as (reader, _):
        await reader.readuntil(b"status\r\n")
        app.go.set()
        assert await reader.read() == b"0\r\n\r\n"
        await async_until(lambda: not server.streams and not server.http_tasks)
        assert app.in_progress == 0


@pytest.mark.parametrize("how", LEAVE)
async def test_stream_over_http_1_0_ends_when_its_client_leaves(app: App, how: str) -> None:
    async with (
        served(app, answer_s=10 * DEADLINE_S) as (server, port),
        connected(port, b"GET /stream HTTP/1.0\r\n\r\n") as (reader, writer),
    ):
        await reader.readuntil(b"status")
        LEAVE[how](writer)
        await async_until(lambda: app.in_progress == 0 and not server.http_tasks)
