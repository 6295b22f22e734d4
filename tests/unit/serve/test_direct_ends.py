"""A connection that is read directly ends in time: when its client leaves, when it idles, and with the server.

Over 300 lines: all ways in which one connection ends, and that nothing of it is left.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import pytest

from playhead.serve.connection import Connection
from playhead.serve.server import Server
from tests.support.waiting import async_until
from tests.unit.serve import serving
from tests.unit.serve.answering import BIG, LEAVE, App, get, received, reset
from tests.unit.serve.serving import DEADLINE_S

SHORT_S = 0.2
LONG_S = 10 * DEADLINE_S
"""Longer than any test takes."""
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def app() -> App:
    return App()


def served(
    app: App, *, idle_s: float = LONG_S, first_s: float = LONG_S, answer_s: float = LONG_S, **limits: Any
) -> AbstractAsyncContextManager[tuple[Server, int]]:
    config = serving.quiet(keep_alive_timeout=idle_s)
    return serving.served(app.quart, config, direct=app.direct, first_s=first_s, answer_s=answer_s, **limits)


@asynccontextmanager
async def connected(port: int, sent: bytes) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    yield reader, writer
    writer.close()


async def all_gone(server: Server) -> None:
    await async_until(lambda: server.descriptors_used == 0, "the server forgets its connections")


# The client closes its side


@pytest.mark.parametrize("path", ["/direct/a", "/direct/a-late", "/direct/none-late"])
async def test_half_closed_client_is_answered(app: App, path: str) -> None:
    async with served(app) as (server, port), connected(port, get(path)) as (reader, writer):
        writer.write_eof()
        if path.endswith("late"):
            await async_until(lambda: app.direct.in_progress == 1)
            app.direct.go.set()
        assert (await received(reader)).body.endswith((b"directly a", b"app GET " + path.encode()))
        assert await reader.read() == b""
        await all_gone(server)


@pytest.mark.parametrize("behind", [["/direct/b"], ["/direct/b-late"], ["/app"], ["/direct/b", "/c"]])
async def test_half_closed_client_is_answered_all_its_requests(app: App, behind: list[str]) -> None:
    async with served(app) as (server, port), connected(port, get("/direct/a-late")) as (reader, writer):
        await async_until(lambda: app.direct.in_progress == 1)
        writer.write(b"".join(map(get, behind)))
        writer.write_eof()
        async with connected(port, get("/direct/other")) as (other, _):  # meanwhile the server has read the end
            await received(other)
        app.direct.go.set()
        for _ in ["/direct/a-late", *behind]:
            assert (await received(reader)).lines[0].startswith("HTTP/1.1 200")
        assert await reader.read() == b""
        await all_gone(server)


@pytest.mark.parametrize("path", ["/direct/stream", "/direct/stream-late"])
async def test_half_closed_client_gets_the_beginning_of_a_stream(app: App, path: str) -> None:
    async with served(app, half_close_grace_s=SHORT_S) as (server, port):
        async with connected(port, get(path)) as (reader, writer):
            writer.write_eof()
            if path.endswith("late"):
                await async_until(lambda: app.direct.in_progress == 1)
                async with connected(port, get("/direct/other")) as (other, _):  # the server has read the end
                    await received(other)
                app.direct.go.set()
                app.direct.go = asyncio.Event()
            await received(reader)
            assert await reader.read() == b"5\r\nhello\r\n"
        await all_gone(server)
        assert app.direct.in_progress == 0


@pytest.mark.parametrize("how", LEAVE)
async def test_late_answer_to_a_client_that_left_is_canceled(app: App, how: str) -> None:
    async with served(app, answer_s=SHORT_S) as (server, port), connected(port, get("/direct/a-late")) as (_, writer):
        await async_until(lambda: app.direct.in_progress == 1)
        LEAVE[how](writer)
        await async_until(lambda: app.direct.in_progress == 0)
        await all_gone(server)
    assert app.seen == []


async def test_second_late_answer_to_a_client_that_left_is_canceled(app: App) -> None:
    async with served(app, answer_s=5 * SHORT_S) as (server, port):
        async with connected(port, get("/direct/a-late")) as (reader, writer):
            await async_until(lambda: app.direct.in_progress == 1)
            writer.write(get("/direct/b-late"))
            writer.write_eof()
            async with connected(port, get("/direct/other")) as (other, _):
                await received(other)
            app.direct.go.set()
            app.direct.go = asyncio.Event()
            assert (await received(reader)).body == b"directly a"
            await async_until(lambda: "/direct/b-late" in app.direct.asked)
            assert await reader.read() == b""
            await async_until(lambda: app.direct.in_progress == 0)
        await all_gone(server)


async def test_answer_is_canceled_at_once_when_the_connection_is_reset(app: App) -> None:
    async with served(app) as (server, port), connected(port, get("/direct/a-late")) as (_, writer):
        await async_until(lambda: app.direct.in_progress == 1)
        reset(writer)
        await async_until(lambda: app.direct.in_progress == 0)
        await all_gone(server)


@pytest.mark.parametrize("how", LEAVE)
@pytest.mark.parametrize("sent", [get("/direct/a"), b""], ids=["after a request", "without a request"])
async def test_idle_connection_ends_when_its_client_leaves(app: App, how: str, sent: bytes) -> None:
    async with served(app) as (server, port), connected(port, sent) as (reader, writer):
        if sent:
            await received(reader)
        await async_until(lambda: server.descriptors_used == 2)
        LEAVE[how](writer)
        await all_gone(server)
        if how == "half-close":
            assert await reader.read() == b""


# Timeouts and descriptors


async def test_idle_connection_is_closed_after_the_keep_alive_timeout(app: App) -> None:
    async with served(app, idle_s=SHORT_S) as (server, port), connected(port, get("/direct/a")) as (reader, _):
        await received(reader)
        assert await reader.read() == b""
        await all_gone(server)


@pytest.mark.parametrize("path", ["/direct/a-late", "/direct/none-late", "/late"])
async def test_keep_alive_timeout_does_not_end_an_answer(app: App, path: str) -> None:
    async with served(app, idle_s=SHORT_S) as (_, port), connected(port, get("/direct/a")) as (reader, writer):
        await received(reader)
        writer.write(get(path))
        await async_until(lambda: app.direct.in_progress == 1)
        async with connected(port, get("/direct/a")) as (younger, _):
            await received(younger)
            assert await younger.read() == b"", "the timeout is over"
        app.direct.go.set()
        assert (await received(reader)).lines[0].startswith("HTTP/1.1 200")


async def test_connection_without_a_request_is_closed(app: App) -> None:
    async with served(app, first_s=SHORT_S) as (server, port), connected(port, get("/direct/a")) as (reader, writer):
        await received(reader)
        async with connected(port, b"") as (silent, _), connected(port, get("/direct/a")[:-1]) as (slow, _):
            for client in (silent, slow):
                with pytest.raises(ConnectionResetError):
                    await client.readexactly(1)
        await async_until(lambda: server.descriptors_used == 2)
        writer.write(get("/direct/b"))
        assert (await received(reader)).body == b"directly b"


async def test_new_connection_replaces_the_oldest_idle_one(app: App) -> None:
    async with served(app, descriptors=6) as (_, port), AsyncExitStack() as stack:
        busy, silent, younger, newest = [
            await stack.enter_async_context(connected(port, sent)) for sent in (get("/direct/a-late"), b"", b"", b"")
        ]
        await ends(silent)
        for reader, writer in (younger, newest):
            writer.write(get("/direct/b"))
            assert (await received(reader)).body == b"directly b"
        app.direct.go.set()
        assert (await received(busy[0])).body == b"directly a"


async def test_client_is_refused_when_every_connection_is_answered(app: App) -> None:
    async with served(app, descriptors=4) as (_, port), AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(connected(port, get("/direct/a-late")))
        await async_until(lambda: app.direct.in_progress == 2)
        await ends(await stack.enter_async_context(connected(port, b"")))
        assert app.direct.in_progress == 2


async def ends(client: Client) -> None:
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await client[0].readexactly(1)


@pytest.mark.parametrize(("others", "closes"), [(2, False), (3, True)])
async def test_response_closes_its_connection_when_crowded(app: App, others: int, closes: bool) -> None:
    async with served(app, descriptors=8) as (_, port), AsyncExitStack() as stack:
        for _ in range(others):
            await stack.enter_async_context(connected(port, get("/direct/a-late")))
        await async_until(lambda: app.direct.in_progress == others)
        reader, writer = await stack.enter_async_context(connected(port, get("/direct/b")))
        assert (await received(reader)).closes == closes
        if not closes:
            writer.write(get("/direct/c", "Connection: close"))
            assert (await received(reader)).body == b"directly c"
        assert await reader.read() == b""


# The server stops


async def test_stop_closes_idle_connections_and_waits_for_an_answer(app: App) -> None:
    async with served(app) as (server, port), AsyncExitStack() as stack:
        silent = await stack.enter_async_context(connected(port, b""))
        idle = await stack.enter_async_context(connected(port, get("/direct/a")))
        await received(idle[0])
        busy = await stack.enter_async_context(connected(port, get("/direct/a-late")))
        await async_until(lambda: app.direct.in_progress == 1 and server.descriptors_used == 6)
        stopping = asyncio.create_task(server.stop(LONG_S))
        for reader, _ in (silent, idle):
            assert await reader.read() == b""
        assert not stopping.done()
        app.direct.go.set()
        answer = await received(busy[0])
        assert (answer.body, answer.closes) == (b"directly a", True)
        assert await busy[0].read() == b""
        await stopping


async def test_request_that_is_left_during_the_stop_is_answered(app: App) -> None:
    async with served(app) as (server, port), connected(port, get("/direct/none-late")) as (reader, _):
        await async_until(lambda: app.direct.in_progress == 1)
        async with connected(port, b"") as (idle, _):
            stopping = asyncio.create_task(server.stop(LONG_S))
            assert await idle.read() == b""
        app.direct.go.set()
        assert (await received(reader)).body == b"app GET /direct/none-late"
        assert await reader.read() == b""
        await stopping


async def test_stop_waits_until_a_response_is_read(app: App) -> None:
    async with served(app) as (server, port), connected(port, get("/direct/big")) as (reader, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport that reads and writes
        await async_until(lambda: app.direct.asked)
        async with connected(port, b"") as (idle, _):
            stopping = asyncio.create_task(server.stop(LONG_S))
            assert await idle.read() == b""
        assert not stopping.done()
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert (await received(reader)).body == BIG
        assert await reader.read() == b""
        await stopping


@pytest.mark.parametrize("begins", [True, False], ids=["in progress", "not begun"])
async def test_stop_ends_an_answer_that_takes_too_long(app: App, begins: bool) -> None:
    async with served(app) as (server, port), connected(port, get("/direct/a-late")) as client:
        if begins:
            await async_until(lambda: app.direct.in_progress == 1)
        else:
            await async_until(lambda: any(task.get_name() == "direct" for task in asyncio.all_tasks()), look_s=0)
        await server.stop(0.0)
        await ends(client)
        await all_gone(server)
        assert app.direct.in_progress == 0


# Nothing is left in memory


def connections() -> int:
    return sum(isinstance(found, Connection) for found in gc.get_objects())


@contextmanager
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


ENDS: dict[str, tuple[bytes, Callable[[asyncio.StreamWriter], object]]] = {
    "silent": (b"", lambda writer: writer.close()),
    "answered": (get("/direct/a"), lambda writer: writer.close()),
    "closed": (get("/direct/a", "Connection: close"), lambda _: None),
    "canceled": (get("/direct/a-late"), reset),
    "stream": (get("/direct/stream"), lambda _: None),
}
"""What a client sends, and what it does after the response began."""


@pytest.mark.parametrize("how", ENDS)
async def test_connection_that_ended_is_freed_without_the_collector(app: App, how: str) -> None:
    sent, end = ENDS[how]
    async with served(app) as (server, port):
        with no_collector():
            async with connected(port, sent) as (reader, writer):
                if how == "canceled":
                    await async_until(lambda: app.direct.in_progress == 1)
                elif sent:
                    await received(reader)
                else:
                    await async_until(lambda: server.descriptors_used == 2)
                end(writer)
                await async_until(lambda: connections() == 0, "the connection is freed")
                assert len(server.streams) == (how == "stream")
