"""Each manner of the proxy does what its name says, with a tiny server behind it."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack

import pytest
from infra.proxies import shapes
from infra.proxies.behavior import BEHAVIORS, cut, lose_abort, mute, shaped
from infra.proxies.exchange import Manner
from infra.proxies.proxy import Proxy, proxy

from tests.support.waiting import async_until
from tests.unit.proxies.tiny_server import PAGE, TinyClient, TinyServer

FIRST, SECOND, LONG = b"data: one\n\n", b"data: two\n\n", b"data: " + b"x" * 10_000 + b"\n\n"
STREAM = ("/stream", "Accept: text/event-stream")
QUIET_S = 0.1
"""On the loopback a byte arrives in less than a millisecond."""
SHORT_S = 0.2
EVERY_MANNER = [name for name in BEHAVIORS if name != "login-redirect"]


@pytest.fixture
async def server() -> AsyncIterator[TinyServer]:
    server = TinyServer()
    yield server
    await server.close()


@pytest.fixture
async def through(server: TinyServer) -> AsyncIterator[Callable[[str | Manner], Proxy]]:
    port = await server.start()
    with ExitStack() as stack:
        yield lambda manner: stack.enter_context(proxy(port, manner))


Through = Callable[[str | Manner], Proxy]


async def opened(server: TinyServer, way: Proxy) -> TinyClient:
    """A client of the stream, which the server has begun."""
    server.writer = None
    client = await server.client(way.port).ask(*STREAM)
    await async_until(lambda: server.writer is not None, "the stream is open")
    return client


async def has(client: TinyClient, body: bytes) -> None:
    await async_until(lambda: client.body == body, f"{body!r}, not {client.body!r}")


async def hears_nothing_more(client: TinyClient) -> bool:
    before = client.bytes
    await asyncio.sleep(QUIET_S)
    return client.bytes == before and client.ended == ""


@pytest.mark.parametrize("manner", EVERY_MANNER)
async def test_complete_response_passes_at_once(server: TinyServer, through: Through, manner: str) -> None:
    client = await server.client(through(manner).port).ask("/status")
    await has(client, PAGE)
    client.again("/status")
    await async_until(lambda: client.bytes.count(PAGE) == 2 or manner == "http10", "a second response")
    await client.leave()


@pytest.mark.parametrize(
    "manner",
    ["pass", "accept-only", "strip-headers", "http10", "keepalive-reuse", "dangling", "mute", "cut-30", "drip"],
)
async def test_events_pass_as_they_come(server: TinyServer, through: Through, manner: str) -> None:
    client = await opened(server, through(manner))
    server.send(FIRST)
    await has(client, FIRST)
    server.send(SECOND)
    await has(client, FIRST + SECOND)
    await client.leave()
    await async_until(lambda: server.left or manner == "dangling", "the server knows that the reader left")


async def test_end_and_break_of_the_server_are_passed_on(server: TinyServer, through: Through) -> None:
    way = through("pass")
    client = await opened(server, way)
    server.send(FIRST)
    server.end()
    await async_until(lambda: client.is_whole, "the end")
    broken = await opened(server, way)
    server.send(FIRST)
    await has(broken, FIRST)
    server.cut()
    await async_until(lambda: broken.ended == "reset", "a reset")
    assert [one.ended is not None for one in way.records] == [True, True]


@pytest.mark.parametrize("manner", ["hold-headers", "hold-until-close", "524-page"])
async def test_head_is_held_until_the_end(server: TinyServer, through: Through, manner: str) -> None:
    client = await opened(server, through(manner))
    server.send(FIRST)
    assert await hears_nothing_more(client)
    assert client.bytes == b""
    server.end()
    await has(client, FIRST)


@pytest.mark.parametrize(
    ("manner", "passed"),
    [("hold-body", 0), ("gzip-held", 10), ("block-4k", 8192), ("pass-8k-then-hold", 8192)],
)
async def test_body_is_held_until_the_end(server: TinyServer, through: Through, manner: str, passed: int) -> None:
    way = through(manner)
    client = await server.client(way.port).ask(*STREAM, "Accept-Encoding: gzip")
    await async_until(lambda: server.writer is not None)
    server.send(LONG)
    await async_until(lambda: "200" in client.head and len(client.body) == passed)
    assert await hears_nothing_more(client)
    server.end()
    await async_until(lambda: client.is_whole, "the end")
    assert (zlib.decompress(client.body, wbits=31) if manner == "gzip-held" else client.body) == LONG


async def test_each_event_comes_with_the_next(server: TinyServer, through: Through) -> None:
    client = await opened(server, through("one-behind"))
    server.send(FIRST)
    assert await hears_nothing_more(client)
    server.send(SECOND)
    await has(client, FIRST)
    server.end()
    await has(client, FIRST + SECOND)


async def test_events_come_in_bursts(server: TinyServer, through: Through) -> None:
    client = await opened(server, through(shaped(lambda body: shapes.bursts(body, SHORT_S))))
    server.send(FIRST)
    server.send(SECOND)
    await async_until(lambda: client.body != b"")
    assert client.body == FIRST + SECOND
    await client.leave()


async def test_drips_split_events(server: TinyServer, through: Through) -> None:
    client = await opened(server, through("drip"))
    server.send(LONG[:100])
    await has(client, LONG[:100])
    assert client.bytes.count(b"\r\n14\r\n") == 5
    await client.leave()


async def test_mute_connection_stays_open_on_both_sides(server: TinyServer, through: Through) -> None:
    client = await opened(server, through(mute(SHORT_S)))
    server.send(FIRST)
    await has(client, FIRST)
    await asyncio.sleep(SHORT_S)
    server.send(SECOND)
    assert await hears_nothing_more(client)
    assert not server.left
    await client.leave()
    await async_until(lambda: server.left)


async def test_server_that_was_lost_is_not_told_of(server: TinyServer, through: Through) -> None:
    client = await opened(server, through(lose_abort(SHORT_S)))
    await async_until(lambda: server.left, "the server lost its reader")
    assert await hears_nothing_more(client)
    await client.leave()


async def test_long_response_is_reset(server: TinyServer, through: Through) -> None:
    client = await opened(server, through(cut(SHORT_S)))
    await async_until(lambda: client.ended == "reset" and server.left)


async def test_end_is_lost_and_the_connection_stays(server: TinyServer, through: Through) -> None:
    client = await opened(server, through("lose-end"))
    server.send(FIRST)
    server.end()
    await has(client, FIRST)
    assert await hears_nothing_more(client)
    assert not client.is_whole
    await client.leave()


async def test_half_closing_proxy_gets_its_answer(server: TinyServer, through: Through) -> None:
    client = await opened(server, through("half-close"))
    await async_until(lambda: server.left, "the end of its reader's side")
    server.send(FIRST)
    await has(client, FIRST)


async def test_connection_is_kept_when_the_reader_left(server: TinyServer, through: Through) -> None:
    way = through("dangling")
    client = await opened(server, way)
    await client.leave()
    await async_until(lambda: way.records[0].left)
    await asyncio.sleep(QUIET_S)
    assert not server.left
    way.close_dangling()
    await async_until(lambda: server.left)


async def test_connections_to_the_server_are_used_again(server: TinyServer, through: Through) -> None:
    way = through("keepalive-reuse")
    for _ in range(3):
        await has(await server.client(way.port).ask("/status"), PAGE)
    assert (len(server.requests), server.connections) == (3, 1)


async def test_stream_passes_to_whoever_accepts_one(server: TinyServer, through: Through) -> None:
    way = through("accept-only")
    anything = await server.client(way.port).ask("/stream", "Accept: */*")
    await async_until(lambda: server.writer is not None)
    server.send(FIRST)
    assert await hears_nothing_more(anything)
    assert anything.bytes == b""


async def test_only_some_headers_pass(server: TinyServer, through: Through) -> None:
    way = through("strip-headers")
    client = await server.client(way.port).ask("/status", "Prefer: wait=20", "Cookie: a=b")
    await has(client, PAGE)
    assert "ETag" not in client.head
    assert [server.requests[0].get(name) for name in ("prefer", "cookie")] == ["", "a=b"]
    assert way.records[0].waits


async def test_both_sides_speak_http_1_0(server: TinyServer, through: Through) -> None:
    client = await opened(server, through("http10"))
    server.send(FIRST)
    server.end()
    await async_until(lambda: client.ended == "closed")
    assert (client.head.split()[0], client.body) == ("HTTP/1.0", FIRST)
    assert server.requests[0].line[2] == "HTTP/1.0"


@pytest.mark.parametrize(
    ("manner", "status", "words"),
    [
        ("502-page", "502", "<h1>"),
        ("challenge", "403", "cf-mitigated: challenge"),
        ("login-page", "200", "Sign in"),
        ("login-redirect", "302", "location: http://localhost:"),
    ],
)
async def test_page_takes_the_place_of_a_stream(
    server: TinyServer, through: Through, manner: str, status: str, words: str
) -> None:
    client = await server.client(through(manner).port).ask(*STREAM)
    await async_until(lambda: client.bytes != b"" and words in client.bytes.decode())
    assert client.head.split()[1] == status
    assert server.requests == []


async def test_without_its_server_it_answers_502(server: TinyServer, through: Through) -> None:
    way = through("pass")
    await server.close()
    client = await server.client(way.port).ask("/status")
    await async_until(lambda: "502" in client.head)
