"""A direct answer is what Hypercorn would send, and what is left to the app reaches it as it was sent, once."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import h2.events
import pytest
from structlog.testing import capture_logs

from playhead.serve.server import Server
from tests.support.http2 import asking, events_until
from tests.support.waiting import async_until
from tests.unit.serve import serving
from tests.unit.serve.answering import BIG, App, Seen, get, post, received

DATE = re.compile(r"date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")
OF_H11 = re.compile("^(Transfer-Encoding|Connection)")
"""Hypercorn leaves their names to h11; all others are in small letters."""
ROUND_TRIPS = 50
"""Requests on another connection, in which the server would do what it must not do."""


@pytest.fixture
async def app() -> App:
    return App()


def served(app: App, **limits: Any) -> AbstractAsyncContextManager[tuple[Server, int]]:
    config = serving.quiet(keep_alive_timeout=10 * serving.DEADLINE_S, include_server_header=False)
    return serving.served(app.quart, config, direct=app.direct, **limits)


@asynccontextmanager
async def connected(port: int, sent: bytes) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    yield reader, writer
    writer.close()


async def test_requests_after_each_other_are_answered_directly(app: App) -> None:
    async with served(app) as (server, port), connected(port, b"") as (reader, writer):
        for name in ("a", "b"):
            writer.write(get(f"/direct/{name}"))
            answer = await received(reader)
            assert answer.body == f"directly {name}".encode()
            assert not answer.closes
        assert not server.http_tasks
    assert app.seen == []


@pytest.mark.parametrize("path", ["/direct/a", "/direct/304"])
async def test_connection_is_closed_where_the_client_asks_for_it(app: App, path: str) -> None:
    async with served(app) as (server, port), connected(port, get(path, "Connection: close")) as (reader, _):
        assert (await received(reader)).closes
        assert await reader.read() == b""
        await async_until(lambda: server.descriptors_used == 0)


@pytest.mark.parametrize("name", ["text", "204", "304", "stream"])
@pytest.mark.parametrize("header", [(), ("Connection: close",)], ids=["stays open", "closes"])
async def test_head_is_that_of_hypercorn(app: App, name: str, header: tuple[str, ...]) -> None:
    app.direct.go.set()
    heads: list[list[str]] = []
    async with served(app) as (_, port):
        for path in (f"/direct/{name}", f"/same/{name}"):
            async with connected(port, get(path, *header)) as (reader, _):
                lines = [DATE.sub("date: now", line) for line in (await received(reader)).lines]
                heads.append([OF_H11.sub(lambda found: found[0].lower(), line) for line in lines])
    directly, by_hypercorn = heads
    if name in ("204", "304"):
        by_hypercorn.remove("content-length: 0")  # Quart's; RFC 9110, 8.6 forbids it
    assert directly[0] == by_hypercorn[0]
    assert sorted(directly) == sorted(by_hypercorn)
    assert [seen.target for seen in app.seen] == [f"/same/{name}"]


@pytest.mark.parametrize("name", ["204", "304"])
async def test_response_without_a_body_is_followed_by_the_next(app: App, name: str) -> None:
    async with served(app) as (_, port), connected(port, get(f"/direct/{name}")) as (reader, writer):
        assert (await received(reader)).lines[0].startswith(f"HTTP/1.1 {name}")
        writer.write(get("/direct/a"))
        assert (await received(reader)).lines[0].startswith("HTTP/1.1 200")


async def test_stream_is_sent_directly(app: App) -> None:
    async with served(app) as (server, port), connected(port, get("/direct/stream")) as (reader, _):
        assert (await received(reader)).closes
        assert await reader.readexactly(10) == b"5\r\nhello\r\n"
        assert (len(server.streams), server.descriptors_used) == (1, 1)
        app.direct.go.set()
        assert await reader.read() == b"0\r\n\r\n"
        await async_until(lambda: server.descriptors_used == 0)
    assert app.seen == []


@pytest.mark.parametrize(
    "path", ["/app?a=%41", "/direct/none?a=%41", "/direct/none-late", "/direct/crash", "/direct/%61", "/direct/stream"]
)
async def test_request_that_is_left_reaches_the_app_once_as_it_was_sent(app: App, path: str) -> None:
    app.direct.go.set()
    headers = ["Cookie: a=b", "X-Odd:  \t a\xe9 ", "Connection: keep-alive"]
    sent = [(b"host", b"x"), (b"cookie", b"a=b"), (b"x-odd", b"a\xc3\xa9"), (b"connection", b"keep-alive")]
    if path == "/direct/stream":
        headers.append("Content-Length: 0")
        sent.append((b"content-length", b"0"))
    async with served(app) as (_, port), connected(port, get(path, *headers)) as (reader, writer):
        assert (await received(reader)).body.startswith(b"app GET /")
        writer.write(post("/direct/a", b"body"))
        assert (await received(reader)).body == b"app POST /direct/a"
        asked = len(app.direct.asked)
        writer.write(get("/direct/a"))
        assert (await received(reader)).body == b"app GET /direct/a"
    first, *others = app.seen
    assert first == Seen("GET", path, sent, b"")
    assert [(seen.method, seen.target, seen.body) for seen in others] == [
        ("POST", "/direct/a", b"body"),
        ("GET", "/direct/a", b""),
    ]
    assert len(app.direct.asked) == asked, "Hypercorn keeps the connection"


async def test_request_after_a_direct_one_reaches_the_app(app: App) -> None:
    async with served(app) as (_, port), connected(port, get("/direct/a")) as (reader, writer):
        assert (await received(reader)).body == b"directly a"
        writer.write(post("/direct/b", b"body"))
        assert (await received(reader)).body == b"app POST /direct/b"
    assert [seen.body for seen in app.seen] == [b"body"]


async def test_request_in_two_packets_is_answered_by_the_app(app: App) -> None:
    sent = get("/direct/a")
    async with served(app) as (server, port), connected(port, sent[:20]) as (reader, writer):
        await async_until(lambda: server.http_tasks)
        writer.write(sent[20:])
        assert (await received(reader)).body == b"app GET /direct/a"
    assert app.direct.asked == []


async def test_crash_is_logged_and_the_app_answers(app: App) -> None:
    with capture_logs() as lines:
        async with served(app) as (_, port), connected(port, get("/direct/crash")) as (reader, _):
            assert (await received(reader)).body == b"app GET /direct/crash"
    assert [(line["log_level"], line["path"]) for line in lines] == [("error", "/direct/crash")]


@pytest.mark.parametrize(
    ("first", "behind", "bodies"),
    [
        ("a-late", [get("/direct/b")], [b"directly a", b"directly b"]),
        ("a-late", [get("/direct/b-late")], [b"directly a", b"directly b"]),
        ("a-late", [get("/app")], [b"directly a", b"app GET /app"]),
        ("a-late", [get("/direct/b"), get("/c")], [b"directly a", b"app GET /direct/b", b"app GET /c"]),
        ("a-late", [post("/b", b"b"), get("/direct/c")], [b"directly a", b"app POST /b", b"app GET /direct/c"]),
        ("none-late", [post("/b", b"b"), get("/c")], [b"app GET /direct/none-late", b"app POST /b", b"app GET /c"]),
    ],
    ids=["direct", "direct and late", "not direct", "two", "with a body", "behind one that is left"],
)
async def test_requests_behind_a_direct_one_are_answered_in_order(
    app: App, first: str, behind: list[bytes], bodies: list[bytes]
) -> None:
    async with served(app) as (_, port), connected(port, get(f"/direct/{first}")) as (reader, writer):
        await async_until(lambda: app.direct.in_progress == 1)
        for sent in behind:
            writer.write(sent)
        await pass_time(app, port)
        app.direct.go.set()
        assert [(await received(reader)).body for _ in bodies] == bodies
        writer.write(get("/last", "Connection: close"))
        assert (await received(reader)).body == b"app GET /last"
        assert await reader.read() == b""


async def test_requests_in_one_packet_are_answered_in_order(app: App) -> None:
    sent = get("/direct/a") + get("/b") + post("/c", b"c") + get("/direct/d")
    async with served(app) as (_, port), connected(port, sent) as (reader, _):
        bodies = [(await received(reader)).body for _ in range(4)]
    assert bodies == [b"app GET /direct/a", b"app GET /b", b"app POST /c", b"app GET /direct/d"]


async def pass_time(app: App, port: int, round_trips: int = ROUND_TRIPS) -> None:
    """Lets the server read all that it would."""
    async with connected(port, b"") as (reader, writer):
        for _ in range(round_trips):
            writer.write(get("/direct/other"))
            await received(reader)


@pytest.mark.parametrize("first", ["a-late", "none-late"])
async def test_much_that_arrives_during_an_answer_waits_and_is_not_lost(app: App, first: str) -> None:
    body = bytes(12_000_000)  # more than the kernel holds, less than Quart allows
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        client.setblocking(False)
        async with served(app) as (_, port):
            await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", port))
            reader, writer = await asyncio.open_connection(sock=client)
            writer.write(get(f"/direct/{first}"))
            await async_until(lambda: app.direct.in_progress == 1)
            writer.write(post("/b", body))
            await pass_time(app, port, 10 * ROUND_TRIPS)
            assert writer.transport.get_write_buffer_size() > 0
            app.direct.go.set()
            await received(reader)
            assert (await received(reader)).body == b"app POST /b"
            assert app.seen[-1].body == body
            writer.close()


async def test_stream_behind_much_that_arrived_ends_with_its_client(app: App) -> None:
    async with (
        served(app, half_close_grace_s=0.0) as (server, port),
        connected(port, get("/direct/stream-late")) as (reader, writer),
    ):
        await async_until(lambda: app.direct.in_progress == 1)
        writer.write(bytes(300_000))
        await pass_time(app, port)
        app.direct.go.set()
        app.direct.go = asyncio.Event()
        await received(reader)
        assert await reader.readexactly(10) == b"5\r\nhello\r\n"
        writer.close()
        await async_until(lambda: server.descriptors_used == 0)
    assert app.direct.in_progress == 0


async def test_client_that_reads_no_response_gets_no_further_one(app: App) -> None:
    async with served(app) as (_, port), connected(port, get("/direct/big")) as (reader, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport that reads and writes
        await async_until(lambda: app.direct.asked == ["/direct/big"])
        writer.write(get("/direct/b"))
        await pass_time(app, port)
        assert "/direct/b" not in app.direct.asked
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert (await received(reader)).body == BIG
        assert (await received(reader)).body == b"directly b"


async def test_http_2_is_answered_by_the_app(app: App) -> None:
    client = asking("/direct/a")
    async with served(app, http2=True) as (_, port), connected(port, client.data_to_send()) as (reader, _):
        events = await events_until(
            client, reader, lambda events: any(isinstance(event, h2.events.StreamEnded) for event in events)
        )
    assert b"".join(event.data for event in events if isinstance(event, h2.events.DataReceived)) == b"app GET /direct/a"
    assert app.direct.asked == []
