"""The server over TCP: HTTP by Hypercorn, streams on lines of their own, and an end that waits for neither."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypercorn.config import Config
from quart import Quart, Response, request

from playhead.delivery import takeover
from playhead.delivery.takeover import StreamConnection
from playhead.errors import ConfigError
from playhead.serve.line import SEND_BUFFER, WAITING_MAX
from playhead.serve.server import Server
from playhead.up.folder import free_port
from tests.support.waiting import async_until

DEADLINE_S = 20.0
BIG = b"x" * 8192
LEAVE: dict[str, Callable[[asyncio.StreamWriter], object]] = {
    "close": lambda writer: writer.close(),
    "half-close": lambda writer: writer.write_eof(),
    "reset": lambda writer: writer.transport.abort(),
}
"""How a client may leave."""
STREAM = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class App:
    """Streams what it is told to."""

    quart: Quart
    lines: list[StreamConnection | None] = field(default_factory=list)
    told: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    open: int = 0
    endless: bool = False
    crash: bool = False

    async def frames(self, line: StreamConnection | None) -> AsyncGenerator[bytes]:
        self.lines.append(line)
        self.open += 1
        try:
            yield b"hello"
            if self.crash:
                raise RuntimeError("boom")
            while self.endless:
                await asyncio.sleep(0)  # as a reader of an inbox does
                yield BIG
            while (frame := await self.told.get()) is not None:
                yield frame
        finally:
            self.open -= 1


@pytest.fixture
async def app() -> App:
    quart = Quart(__name__)
    app = App(quart)

    @quart.get("/stream")
    async def stream() -> Response:
        return takeover.response(app.frames, {"X-Request": request.headers.get("X-Request", "")})

    @quart.get("/spoiled")
    async def spoiled() -> Response:
        takeover.response(app.frames)
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
    running = Running(Server(app.quart, config, greeting_s=0.0), free_port())
    await running.server.start("127.0.0.1", running.port, 100)
    yield running
    await running.server.stop(0.0)


async def head_of(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    return lines[0], dict(line.lower().split(": ", 1) for line in lines[1:] if line)


async def piece(reader: asyncio.StreamReader) -> bytes:
    """The next chunk of the body."""
    size = int(await reader.readline(), 16)
    return (await reader.readexactly(size + 2))[:-2]


async def test_port_that_is_taken_is_told(app: App, running: Running) -> None:
    config = Config()
    config.accesslog = config.errorlog = None
    second = Server(app.quart, config)
    with pytest.raises(ConfigError, match=rf"Port {running.port} on 127.0.0.1 cannot be used"):
        await second.start("127.0.0.1", running.port, 100)
    await second.stop(0.0)


async def test_stream_is_a_chunked_response_on_a_line(running: Running, app: App) -> None:
    async with running.connection(STREAM.replace("\r\n\r\n", "\r\nX-Request: 7\r\n\r\n")) as (reader, _):
        status, headers = await head_of(reader)
        assert status.startswith("HTTP/1.1 200")
        assert headers["transfer-encoding"] == "chunked"
        assert headers["connection"] == "close"
        assert headers["content-type"].startswith("text/event-stream")
        assert (headers["x-request"], headers["x-accel-buffering"]) == ("7", "no")
        assert await piece(reader) == b"hello"
        app.told.put_nowait(b"one")
        assert await piece(reader) == b"one"
        line = app.lines[0]
        assert line is not None
        assert line.write_now(b"at once")
        assert await piece(reader) == b"at once"
        app.told.put_nowait(None)
        assert await reader.read() == b"0\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    ["GET /stream HTTP/1.0\r\n\r\n", "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"],
)
async def test_before_chunks_it_is_an_ordinary_body(running: Running, app: App, sent: str) -> None:
    async with running.connection(sent) as (reader, _):
        _, headers = await head_of(reader)
        assert "transfer-encoding" not in headers
        app.told.put_nowait(None)
        assert await reader.read() == b"hello"
        assert app.lines == [None]


async def test_head_has_no_stream(running: Running, app: App) -> None:
    async with running.connection("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n") as (reader, writer):
        status, headers = await head_of(reader)
        assert status.startswith("HTTP/1.1 200")
        assert headers["content-type"].startswith("text/event-stream")
        assert "content-length" not in headers
        writer.write(b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await head_of(reader))[0].startswith("HTTP/1.1 200")
        assert await reader.readexactly(5) == b"plain"
        assert app.lines == []


async def test_answer_that_went_wrong_behind_the_route_is_no_stream(running: Running, app: App) -> None:
    async with running.connection("GET /spoiled HTTP/1.1\r\nHost: x\r\n\r\n") as (reader, _):
        status, headers = await head_of(reader)
        assert status.startswith("HTTP/1.1 500")
        assert await reader.readexactly(int(headers["content-length"])) == b"sorry"
        assert app.lines == []


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
        await async_until(lambda: running.server.speaking)
        if asks:
            _, headers = await head_of(reader)
            assert await reader.readexactly(int(headers["content-length"])) == b"plain"
        LEAVE[how](writer)
        await async_until(lambda: not running.server.speaking)


@pytest.mark.parametrize("how", LEAVE)
async def test_reader_that_leaves_ends_its_stream(running: Running, app: App, how: str) -> None:
    async with running.connection(STREAM) as (reader, writer):
        await head_of(reader)
        assert await piece(reader) == b"hello"
        LEAVE[how](writer)
        await async_until(lambda: app.open == 0)
    await async_until(lambda: not running.server.lines)


async def test_what_a_reader_sends_after_its_request_is_not_looked_at(running: Running, app: App) -> None:
    async with running.connection(STREAM) as (reader, writer):
        await head_of(reader)
        assert await piece(reader) == b"hello"
        writer.write(b"GET /plain HTTP/1.1\r\n\r\n" * 10)
        app.told.put_nowait(b"on")
        assert await piece(reader) == b"on"


@pytest.mark.parametrize("more", [b"", STREAM.encode() * 2, b"x" * 300_000], ids=["nothing", "requests", "much"])
async def test_what_was_sent_behind_the_request_keeps_nothing_alive(running: Running, app: App, more: bytes) -> None:
    async with running.connection(STREAM) as (reader, writer):
        writer.write(more)
        await head_of(reader)
        assert await piece(reader) == b"hello"
        await async_until(lambda: not running.server.speaking)
        assert app.open == 1
        writer.close()
        await async_until(lambda: app.open == 0)
    await async_until(lambda: not running.server.lines)


async def test_reader_that_is_behind_holds_little(running: Running, app: App) -> None:
    app.endless = True
    async with running.connection(STREAM) as (reader, writer):
        transport = cast("asyncio.Transport", writer.transport)
        transport.pause_reading()
        await async_until(lambda: app.lines)
        (line,) = running.server.lines
        await async_until(lambda: line.is_behind)
        assert app.lines[0] is line
        assert not line.write_now(b"no room")
        waiting = line.transport.get_write_buffer_size()
        assert WAITING_MAX < waiting <= WAITING_MAX + SEND_BUFFER
        transport.resume_reading()
        await head_of(reader)
        assert await piece(reader) == b"hello"
        for _ in range(100):
            assert await piece(reader) == BIG


async def test_reader_that_takes_something_as_it_is_cut_off_does_no_harm(running: Running, app: App) -> None:
    app.endless = True
    async with running.connection(STREAM) as (_, writer):
        cast("asyncio.Transport", writer.transport).pause_reading()
        await async_until(lambda: app.lines)
        (line,) = running.server.lines
        await async_until(lambda: line.is_behind)
        (writing,) = [task for task in asyncio.all_tasks() if task.get_name() == "stream"]
        writing.cancel()
        line.resume_writing()
        await async_until(lambda: app.open == 0)


async def test_stream_that_crashes_ends_without_the_last_chunk(running: Running, app: App, caplog: Any) -> None:
    app.crash = True
    async with running.connection(STREAM) as (reader, _):
        await head_of(reader)
        assert await piece(reader) == b"hello"
        with pytest.raises(asyncio.IncompleteReadError):
            await reader.readuntil(b"0\r\n\r\n")


async def test_end_closes_what_is_idle_and_cuts_what_stays(app: App) -> None:
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
