"""Connections that are not read, or too many, are closed, and the work for them ends."""

import asyncio
import itertools
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from quart import Quart, Response, request
from structlog.testing import capture_logs

from playhead.library.downloads import CUT
from playhead.serve.connection import CHECKS, UNREAD_S, ReadProgress
from tests.support.clock import Clock
from tests.support.waiting import async_until
from tests.unit.serve.serving import DEADLINE_S, served

UNREAD_TEST_S = 0.6
BITE_S = UNREAD_TEST_S / 20
"""Interval between two reads of a slow reader: far shorter than the limit, also on a busy machine."""
BITES = 3 * 20
BITE = 2048
"""Bytes of one read: so few that the kernel's send queue stays full, and only the kernel sees the progress."""
SMALL = 4096
"""Bytes of a receive buffer that is full at once."""
PIECE = bytes(64 * 1024)
ENDLESS = b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n"
PLAIN = b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class App:
    quart: Quart
    open: int = 0
    cuts: list[Callable[[], object]] = field(default_factory=list)

    async def pieces(self) -> AsyncGenerator[bytes]:
        self.open += 1
        try:
            while True:
                yield PIECE
                await asyncio.sleep(0)
        finally:
            self.open -= 1


@pytest.fixture
async def app() -> App:
    quart = Quart(__name__)
    app = App(quart)

    @quart.get("/endless")
    async def endless() -> Response:
        extensions: dict[str, Any] = request.scope["extensions"]
        app.cuts.append(extensions[CUT])
        response = Response(app.pieces())
        response.timeout = None
        return response

    @quart.get("/plain")
    async def plain() -> str:
        return "plain"

    return app


@asynccontextmanager
async def connected(port: int, sent: bytes) -> AsyncIterator[socket.socket]:
    """Opens a client socket that sends `sent` and reads only on request."""
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", port))
        await loop.sock_sendall(client, sent)
        yield client


async def answered(port: int, sent: bytes = PLAIN) -> bytes:
    """The first bytes of the response; none if the connection is refused."""
    async with connected(port, sent) as client:
        return await read(client)


async def read(client: socket.socket, size: int = SMALL) -> bytes:
    try:
        return await asyncio.get_running_loop().sock_recv(client, size)
    except ConnectionError:
        return b""


@pytest.mark.parametrize("behind", [b"", PLAIN], ids=["alone", "another request behind it"])
async def test_response_that_is_not_read_is_aborted(app: App, behind: bytes) -> None:
    async with served(app.quart, unread_s=UNREAD_TEST_S) as (server, port), connected(port, ENDLESS + behind):
        await async_until(lambda: app.open == 1)
        await async_until(lambda: app.open == 0, "the response ends")
        await async_until(lambda: not server.http_tasks, "its connection is released")


async def test_slow_reader_is_not_disconnected(app: App) -> None:
    async with served(app.quart, unread_s=UNREAD_TEST_S) as (_, port), connected(port, ENDLESS) as client:
        for _ in range(BITES):
            assert await read(client, BITE)
            await asyncio.sleep(BITE_S)
        assert app.open == 1


@pytest.mark.parametrize("behind", [b"", PLAIN], ids=["alone", "another request behind it"])
async def test_response_to_a_client_that_left_is_aborted(app: App, behind: bytes) -> None:
    async with served(app.quart) as (server, port):
        async with connected(port, ENDLESS + behind):
            await async_until(lambda: app.open == 1)
        await async_until(lambda: app.open == 0, "the response ends")
        await async_until(lambda: not server.http_tasks, "its connection is released")


async def test_app_can_cut_a_response_that_is_not_read(app: App) -> None:
    async with served(app.quart) as (server, port), connected(port, ENDLESS):
        await async_until(lambda: app.open == 1)
        app.cuts[0]()
        await async_until(lambda: app.open == 0, "the response ends")
        await async_until(lambda: not server.http_tasks, "its connection is released")


async def test_client_is_refused_when_all_descriptors_are_in_use(app: App) -> None:
    async with served(app.quart, descriptors=4) as (server, port):
        async with connected(port, ENDLESS), connected(port, ENDLESS):
            await async_until(lambda: app.open == 2)
            assert await answered(port) == b""
        await async_until(lambda: not server.http_tasks)
        assert (await answered(port)).endswith(b"plain")


@pytest.mark.parametrize("others", [ENDLESS, b""], ids=["that are answered", "that are idle"])
async def test_too_few_open_files_are_logged_once(app: App, others: bytes) -> None:
    async with served(app.quart, descriptors=4) as (server, port), AsyncExitStack() as stack:
        with capture_logs() as lines:
            for _ in range(2):
                await stack.enter_async_context(connected(port, others))
            await async_until(lambda: len(server.http_tasks) == 2)
            assert lines == []
            for _ in range(20):
                await answered(port)
        assert [line["log_level"] for line in lines if "too few open files" in line["event"]] == ["warning"]


async def test_new_connection_replaces_the_oldest_idle_one(app: App) -> None:
    async with served(app.quart, descriptors=6) as (_, port), connected(port, ENDLESS):
        await async_until(lambda: app.open == 1)
        async with connected(port, b"") as silent, connected(port, PLAIN) as done:
            assert (await read(done)).endswith(b"plain")
            assert await read(done) == b""  # closed after its response: the descriptors run out
            async with connected(port, b"") as younger:
                assert (await answered(port)).endswith(b"plain")
                assert await read(silent) == b""
                await asyncio.get_running_loop().sock_sendall(younger, PLAIN)
                assert (await read(younger)).endswith(b"plain")
        assert app.open == 1


async def test_many_silent_connections_do_not_block_a_new_client(app: App) -> None:
    async with served(app.quart, descriptors=6) as (_, port), AsyncExitStack() as stack:
        for _ in range(50):
            await stack.enter_async_context(connected(port, b""))
        assert (await answered(port)).endswith(b"plain")


async def test_simultaneous_connections_each_replace_an_idle_one(app: App) -> None:
    served_app = served(app.quart, descriptors=6, first_s=10 * DEADLINE_S)
    async with served_app as (server, port), AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(connected(port, b"")) for _ in range(3)]
        await async_until(lambda: len(server.http_tasks) == 3)
        with ExitStack() as younger:
            for _ in range(3):  # the server does not run meanwhile
                younger.enter_context(socket.create_connection(("127.0.0.1", port)))
            assert [await read(client) for client in silent] == [b""] * 3


async def test_connection_without_a_request_is_closed(app: App) -> None:
    async with served(app.quart, first_s=0.2) as (server, port), connected(port, PLAIN) as asked:
        assert (await read(asked)).endswith(b"plain")
        async with connected(port, b"") as silent, connected(port, PLAIN[:-1]) as slow:
            assert await read(silent) == await read(slow) == b""
        await async_until(lambda: len(server.http_tasks) == 1)
        await asyncio.get_running_loop().sock_sendall(asked, PLAIN)
        assert (await read(asked)).endswith(b"plain")


@pytest.mark.parametrize(("others", "ends"), [(2, False), (3, True)])
async def test_response_closes_its_connection_when_crowded(app: App, others: int, ends: bool) -> None:
    async with served(app.quart, descriptors=8) as (_, port), AsyncExitStack() as stack:
        for _ in range(others):
            await stack.enter_async_context(connected(port, ENDLESS))
        await async_until(lambda: app.open == others)
        assert (b"connection: close" in (await answered(port)).lower()) == ends


def test_reader_has_stalled_when_it_reads_nothing_for_long() -> None:
    clock = Clock()
    progress = ReadProgress(clock=clock)
    progress.note_progress(10)
    for at in itertools.accumulate([UNREAD_S / CHECKS] * (CHECKS - 1)):
        clock.now = at
        assert not progress.has_stalled(10)
    clock.now = UNREAD_S
    assert progress.has_stalled(10)


def test_reader_has_not_stalled_with_a_byte_now_and_then() -> None:
    clock = Clock()
    progress = ReadProgress(clock=clock)
    for read in range(100):
        clock.now += UNREAD_S - 1
        assert not progress.has_stalled(read + 1)
    clock.now += UNREAD_S
    assert progress.has_stalled(100)
