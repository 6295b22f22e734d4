"""Connections over TCP that nobody reads or that are too many: they end, and all that was done for them."""

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
from playhead.serve.connection import LOOKS, UNREAD_S, Reading
from tests.support.clock import Clock
from tests.support.waiting import async_until
from tests.unit.serve.serving import DEADLINE_S, served

UNREAD_TEST_S = 0.6
BITE_S = UNREAD_TEST_S / 20
"""How often a slow reader takes something: far more often than it must, also on a busy machine."""
BITES = 3 * 20
BITE = 2048
"""So little that after all bites the kernel has no room for more: only it knows of them."""
SMALL = 4096
"""A receive buffer that is full at once."""
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
    """A client that reads nothing by itself."""
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", port))
        await loop.sock_sendall(client, sent)
        yield client


async def answered(port: int, sent: bytes = PLAIN) -> bytes:
    """What is answered before the connection ends or goes quiet; nothing if it is refused."""
    async with connected(port, sent) as client:
        return await read(client)


async def read(client: socket.socket, size: int = SMALL) -> bytes:
    try:
        return await asyncio.get_running_loop().sock_recv(client, size)
    except ConnectionError:
        return b""


@pytest.mark.parametrize("behind", [b"", PLAIN], ids=["alone", "another request behind it"])
async def test_answer_that_nobody_reads_is_cut_off(app: App, behind: bytes) -> None:
    async with served(app.quart, unread_s=UNREAD_TEST_S) as (server, port), connected(port, ENDLESS + behind):
        await async_until(lambda: app.open == 1)
        await async_until(lambda: app.open == 0, "it is given up")
        await async_until(lambda: not server.speaking, "nothing is left of its connection")


async def test_slow_reader_is_heard_out(app: App) -> None:
    async with served(app.quart, unread_s=UNREAD_TEST_S) as (_, port), connected(port, ENDLESS) as client:
        for _ in range(BITES):
            assert await read(client, BITE)
            await asyncio.sleep(BITE_S)
        assert app.open == 1


@pytest.mark.parametrize("behind", [b"", PLAIN], ids=["alone", "another request behind it"])
async def test_answer_to_a_client_that_left_is_given_up(app: App, behind: bytes) -> None:
    async with served(app.quart) as (server, port):
        async with connected(port, ENDLESS + behind):
            await async_until(lambda: app.open == 1)
        await async_until(lambda: app.open == 0, "it is given up")
        await async_until(lambda: not server.speaking, "nothing is left of its connection")


async def test_answer_may_be_cut_by_the_app_though_nobody_reads_it(app: App) -> None:
    async with served(app.quart) as (server, port), connected(port, ENDLESS):
        await async_until(lambda: app.open == 1)
        app.cuts[0]()
        await async_until(lambda: app.open == 0, "it is given up")
        await async_until(lambda: not server.speaking, "nothing is left of its connection")


async def test_who_comes_when_all_descriptors_are_taken_is_refused(app: App) -> None:
    async with served(app.quart, descriptors=4) as (server, port):
        async with connected(port, ENDLESS), connected(port, ENDLESS):
            await async_until(lambda: app.open == 2)
            assert await answered(port) == b""
        await async_until(lambda: not server.speaking)
        assert (await answered(port)).endswith(b"plain")


@pytest.mark.parametrize("others", [ENDLESS, b""], ids=["that are answered", "that are idle"])
async def test_one_line_says_that_too_few_files_are_allowed(app: App, others: bytes) -> None:
    async with served(app.quart, descriptors=4) as (server, port), AsyncExitStack() as stack:
        with capture_logs() as lines:
            for _ in range(2):
                await stack.enter_async_context(connected(port, others))
            await async_until(lambda: len(server.speaking) == 2)
            assert lines == []
            for _ in range(20):
                await answered(port)
        assert [line["log_level"] for line in lines if "too few open files" in line["event"]] == ["warning"]


async def test_oldest_idle_connection_gives_way_to_who_comes(app: App) -> None:
    async with served(app.quart, descriptors=6) as (_, port), connected(port, ENDLESS):
        await async_until(lambda: app.open == 1)
        async with connected(port, b"") as silent, connected(port, PLAIN) as done:
            assert (await read(done)).endswith(b"plain")
            assert await read(done) == b""  # it was told `Connection: close`: they are many
            async with connected(port, b"") as younger:
                assert (await answered(port)).endswith(b"plain")
                assert await read(silent) == b""
                await asyncio.get_running_loop().sock_sendall(younger, PLAIN)
                assert (await read(younger)).endswith(b"plain")
        assert app.open == 1


async def test_many_silent_connections_at_once_keep_nobody_out(app: App) -> None:
    async with served(app.quart, descriptors=6) as (_, port), AsyncExitStack() as stack:
        for _ in range(50):
            await stack.enter_async_context(connected(port, b""))
        assert (await answered(port)).endswith(b"plain")


async def test_each_of_those_who_come_at_once_gets_a_place_of_its_own(app: App) -> None:
    served_app = served(app.quart, descriptors=6, first_s=10 * DEADLINE_S)
    async with served_app as (server, port), AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(connected(port, b"")) for _ in range(3)]
        await async_until(lambda: len(server.speaking) == 3)
        with ExitStack() as younger:
            for _ in range(3):  # the server does not run meanwhile
                younger.enter_context(socket.create_connection(("127.0.0.1", port)))
            assert [await read(client) for client in silent] == [b""] * 3


async def test_connection_without_a_request_is_cut_off(app: App) -> None:
    async with served(app.quart, first_s=0.2) as (server, port), connected(port, PLAIN) as asked:
        assert (await read(asked)).endswith(b"plain")
        async with connected(port, b"") as silent, connected(port, PLAIN[:-1]) as slow:
            assert await read(silent) == await read(slow) == b""
        await async_until(lambda: len(server.speaking) == 1)
        await asyncio.get_running_loop().sock_sendall(asked, PLAIN)
        assert (await read(asked)).endswith(b"plain")


@pytest.mark.parametrize(("others", "ends"), [(2, False), (3, True)])
async def test_connections_end_with_their_answers_when_they_are_many(app: App, others: int, ends: bool) -> None:
    async with served(app.quart, descriptors=8) as (_, port), AsyncExitStack() as stack:
        for _ in range(others):
            await stack.enter_async_context(connected(port, ENDLESS))
        await async_until(lambda: app.open == others)
        assert (b"connection: close" in (await answered(port)).lower()) == ends


def test_reader_stands_still_when_it_reads_nothing_for_long() -> None:
    clock = Clock()
    reading = Reading(clock=clock)
    reading.note_progress(10)
    for at in itertools.accumulate([UNREAD_S / LOOKS] * (LOOKS - 1)):
        clock.now = at
        assert not reading.stands_still(10)
    clock.now = UNREAD_S
    assert reading.stands_still(10)


def test_reader_goes_on_with_a_byte_now_and_then() -> None:
    clock = Clock()
    reading = Reading(clock=clock)
    for read in range(100):
        clock.now += UNREAD_S - 1
        assert not reading.stands_still(read + 1)
    clock.now += UNREAD_S
    assert reading.stands_still(100)
