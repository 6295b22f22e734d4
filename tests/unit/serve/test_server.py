"""The server over TCP: HTTP by Hypercorn, streams on their own connections, and the shutdown.

Over 300 lines: all ways in which a connection to one server is taken, shared and ended.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypercorn.config import Config
from quart import Quart, Response, request

from playhead.adapters.live_quart import response
from playhead.errors import ConfigError
from playhead.live.endpoints import STREAM_HEADERS
from playhead.live.http import Answer
from playhead.live.takeover import FrameWriter
from playhead.serve.server import Server
from playhead.serve.stream_connection import SEND_BUFFER, WRITE_BUFFER_MAX
from tests.support.ports import free_port
from tests.support.waiting import async_until
from tests.unit.serve.serving import served

DEADLINE_S = 20.0
BIG = b"x" * 8192
LEAVE: dict[str, Callable[[asyncio.StreamWriter], object]] = {
    "close": lambda writer: writer.close(),
    "half-close": lambda writer: writer.write_eof(),
    "reset": lambda writer: writer.transport.abort(),
}
"""The ways in which a client leaves."""
STREAM = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class App:
    """Streams the frames of a queue."""

    quart: Quart
    connections: list[FrameWriter | None] = field(default_factory=list)
    queue: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    open: int = 0
    endless: bool = False
    crash: bool = False

    async def frames(self, connection: FrameWriter | None) -> AsyncGenerator[bytes]:
        self.connections.append(connection)
        self.open += 1
        try:
            yield b"hello"
            if self.crash:
                raise RuntimeError("boom")
            while self.endless:
                await asyncio.sleep(0)  # as a reader of an inbox does
                yield BIG
            while (frame := await self.queue.get()) is not None:
                yield frame
        finally:
            self.open -= 1


@pytest.fixture
async def app() -> App:
    quart = Quart(__name__)
    app = App(quart)

    @quart.get("/stream")
    async def stream() -> Response:
        return response(
            Answer(
                status=200,
                frames=app.frames,
                headers=STREAM_HEADERS | {"X-Request": request.headers.get("X-Request", "")},
            )
        )

    @quart.get("/spoiled")
    async def spoiled() -> Response:
        response(Answer(status=200, headers=STREAM_HEADERS, frames=app.frames))
        return Response("sorry", status=500)

    @quart.get("/plain")
    async def plain() -> str:
        return "plain"

    return app


@dataclass
class Running:
    server: Server
    port: int

    @asynccontextmanager
    async def connection(self, sent: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent.encode())
        try:
            async with asyncio.timeout(DEADLINE_S):
                yield reader, writer
        finally:
            writer.close()


@pytest.fixture
async def running(app: App) -> AsyncIterator[Running]:
    config = Config()
    config.keep_alive_timeout = 10 * DEADLINE_S
    config.accesslog = config.errorlog = None
    running = Running(Server(app.quart, config, half_close_grace_s=0.0), free_port())
    await running.server.start("127.0.0.1", running.port, 100)
    yield running
    await running.server.stop(0.0)


async def head_of(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    return lines[0], dict(line.lower().split(": ", 1) for line in lines[1:] if line)


async def piece(reader: asyncio.StreamReader) -> bytes:
    """Reads the next chunk of the body."""
    size = int(await reader.readline(), 16)
    return (await reader.readexactly(size + 2))[:-2]


async def test_port_in_use_is_a_config_error(app: App, running: Running) -> None:
    config = Config()
    config.accesslog = config.errorlog = None
    second = Server(app.quart, config)
    with pytest.raises(ConfigError, match=rf"Port {running.port} on 127.0.0.1 cannot be used"):
        await second.start("127.0.0.1", running.port, 100)
    await second.stop(0.0)


async def test_stream_is_a_chunked_response(running: Running, app: App) -> None:
    async with running.connection(STREAM.replace("\r\n\r\n", "\r\nX-Request: 7\r\n\r\n")) as (reader, _):
        status, headers = await head_of(reader)
        assert status.startswith("HTTP/1.1 200")
        assert headers["transfer-encoding"] == "chunked"
        assert headers["connection"] == "close"
        assert headers["content-type"].startswith("text/event-stream")
        assert (headers["x-request"], headers["x-accel-buffering"]) == ("7", "no")
        assert await piece(reader) == b"hello"
        app.queue.put_nowait(b"one")
        assert await piece(reader) == b"one"
        connection = app.connections[0]
        assert connection is not None
        assert connection.write_now(b"at once")
        assert await piece(reader) == b"at once"
        app.queue.put_nowait(None)
        assert await reader.read() == b"0\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    ["GET /stream HTTP/1.0\r\n\r\n", "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"],
)
async def test_stream_over_http_1_0_is_an_ordinary_body(running: Running, app: App, sent: str) -> None:
    async with running.connection(sent) as (reader, _):
        _, headers = await head_of(reader)
        assert "transfer-encoding" not in headers
        app.queue.put_nowait(None)
        assert await reader.read() == b"hello"
        assert app.connections == [None]


async def test_head_request_opens_no_stream(running: Running, app: App) -> None:
    async with running.connection("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n") as (reader, writer):
        status, headers = await head_of(reader)
        assert status.startswith("HTTP/1.1 200")
        assert headers["content-type"].startswith("text/event-stream")
        assert "content-length" not in headers
        writer.write(b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await head_of(reader))[0].startswith("HTTP/1.1 200")
        assert await reader.readexactly(5) == b"plain"
        assert app.connections == []


async def test_error_after_the_route_opens_no_stream(running: Running, app: App) -> None:
    async with running.connection("GET /spoiled HTTP/1.1\r\nHost: x\r\n\r\n") as (reader, _):
        status, headers = await head_of(reader)
        assert status.startswith("HTTP/1.1 500")
        assert await reader.readexactly(int(headers["content-length"])) == b"sorry"
        assert app.connections == []


async def test_stream_may_follow_other_requests_on_a_connection(running: Running, app: App) -> None:
    async with running.connection("GET /plain HTTP/1.1\r\nHost: x\r\n\r\n") as (reader, writer):
        _, headers = await head_of(reader)
        assert await reader.readexactly(int(headers["content-length"])) == b"plain"
        writer.write(STREAM.encode())
        await head_of(reader)
        assert await piece(reader) == b"hello"


@pytest.mark.parametrize("how", LEAVE)
@pytest.mark.parametrize("asks", [True, False], ids=["after a request", "without a request"])
async def test_client_that_leaves_frees_its_connection(running: Running, asks: bool, how: str) -> None:
    async with running.connection("GET /plain HTTP/1.1\r\nHost: x\r\n\r\n" if asks else "") as (reader, writer):
        await async_until(lambda: running.server.http_tasks)
        if asks:
            _, headers = await head_of(reader)
            assert await reader.readexactly(int(headers["content-length"])) == b"plain"
        LEAVE[how](writer)
        await async_until(lambda: not running.server.http_tasks)


@pytest.mark.parametrize("how", LEAVE)
async def test_stream_ends_when_its_reader_leaves(running: Running, app: App, how: str) -> None:
    async with running.connection(STREAM) as (reader, writer):
        await head_of(reader)
        assert await piece(reader) == b"hello"
        LEAVE[how](writer)
        await async_until(lambda: app.open == 0)
    await async_until(lambda: not running.server.streams)


async def test_bytes_after_the_request_of_a_stream_are_ignored(running: Running, app: App) -> None:
    async with running.connection(STREAM) as (reader, writer):
        await head_of(reader)
        assert await piece(reader) == b"hello"
        writer.write(b"GET /plain HTTP/1.1\r\n\r\n" * 10)
        app.queue.put_nowait(b"on")
        assert await piece(reader) == b"on"


@pytest.mark.parametrize("more", [b"", STREAM.encode() * 2, b"x" * 300_000], ids=["nothing", "requests", "much"])
async def test_pipelined_bytes_do_not_keep_hypercorn_running(running: Running, app: App, more: bytes) -> None:
    async with running.connection(STREAM) as (reader, writer):
        writer.write(more)
        await head_of(reader)
        assert await piece(reader) == b"hello"
        await async_until(lambda: not running.server.http_tasks)
        assert app.open == 1
        writer.close()
        await async_until(lambda: app.open == 0)
    await async_until(lambda: not running.server.streams)


async def test_slow_reader_buffers_little(running: Running, app: App) -> None:
    app.endless = True
    async with running.connection(STREAM) as (reader, writer):
        transport = cast("asyncio.Transport", writer.transport)
        transport.pause_reading()
        await async_until(lambda: app.connections)
        (stream,) = running.server.streams
        await async_until(lambda: stream.transport.get_write_buffer_size() > WRITE_BUFFER_MAX)
        assert app.connections[0] is stream
        assert not stream.write_now(b"no room")
        waiting = stream.transport.get_write_buffer_size()
        assert WRITE_BUFFER_MAX < waiting <= WRITE_BUFFER_MAX + SEND_BUFFER
        transport.resume_reading()
        await head_of(reader)
        assert await piece(reader) == b"hello"
        for _ in range(100):
            assert await piece(reader) == BIG


async def test_reader_that_resumes_while_it_is_canceled_is_closed(running: Running, app: App) -> None:
    app.endless = True
    async with running.connection(STREAM) as (_, writer):
        cast("asyncio.Transport", writer.transport).pause_reading()
        await async_until(lambda: app.connections)
        (stream,) = running.server.streams
        await async_until(lambda: stream.transport.get_write_buffer_size() > WRITE_BUFFER_MAX)
        (writing,) = [task for task in asyncio.all_tasks() if task.get_name() == "stream"]
        writing.cancel()
        stream.resume_writing()
        await async_until(lambda: app.open == 0)


async def test_stream_that_crashes_ends_without_the_last_chunk(running: Running, app: App, caplog: Any) -> None:
    app.crash = True
    async with running.connection(STREAM) as (reader, _):
        await head_of(reader)
        assert await piece(reader) == b"hello"
        with pytest.raises(asyncio.IncompleteReadError):
            await reader.readuntil(b"0\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "statuses"),
    [("GET / HTTP/1.1\r\n\r\n", [400]), ("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", [400]), (STREAM, [])],
    ids=["no-host", "nul", "right"],
)
async def test_request_that_cannot_be_parsed_is_reported(app: App, sent: str, statuses: list[int]) -> None:
    refused: list[int] = []
    async with served(app.quart, refused=refused.append) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent.encode())
        await head_of(reader)
        writer.close()
    assert refused == statuses


async def test_stop_closes_idle_connections_and_aborts_streams(app: App) -> None:
    config = Config()
    config.accesslog = config.errorlog = None
    running = Running(Server(app.quart, config), free_port())
    await running.server.start("127.0.0.1", running.port, 100)
    async with running.connection("") as (idle, _), running.connection(STREAM) as (reader, _):
        await head_of(reader)
        assert await piece(reader) == b"hello"
        await running.server.stop(0.05)
        assert await idle.read() == b""
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await reader.readuntil(b"0\r\n\r\n")
        assert app.open == 0
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", running.port)
