"""HTTP/2 is served only where it is enabled, and limits clients that reset too many requests or read nothing."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from typing import Any

import h2.connection
import h2.events
import h2.exceptions
import h2.settings
import pytest
from quart import Quart, Response, request

from playhead.serve.protocols import RESETS_A_SECOND, RESETS_AT_ONCE, STREAMS_MAX, ResetLimit
from tests.support.clock import Clock
from tests.support.http2 import RECV_BYTES, asking, events_until, head
from tests.support.waiting import async_until
from tests.unit.serve import serving
from tests.unit.serve.answering import Direct, get

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@pytest.fixture
def began() -> list[str]:
    """The HTTP version of each request that began."""
    return []


@pytest.fixture
def made() -> list[int]:
    """The bytes of each piece that `/vast` made."""
    return []


@pytest.fixture
def app(began: list[str], made: list[int]) -> Quart:
    app = Quart(__name__)

    @app.get("/")
    async def root() -> str:
        began.append(request.http_version)
        return "plain"

    @app.get("/endless")
    async def endless() -> str:
        began.append(request.http_version)
        await asyncio.Event().wait()
        return ""

    @app.get("/vast")
    async def vast() -> Response:
        response = Response(pieces(began, made))
        response.timeout = None
        return response

    return app


async def pieces(began: list[str], made: list[int]) -> AsyncGenerator[bytes]:
    """Removes itself from `began` when it is canceled."""
    began.append("vast")
    try:
        while True:
            made.append(RECV_BYTES)
            yield bytes(RECV_BYTES)
    finally:
        began.remove("vast")


class All(Direct):
    """Would answer every path."""

    def takes(self, path: str) -> bool:
        return True


@pytest.fixture(params=[False, True], ids=["by Hypercorn", "directly"])
def direct(request: pytest.FixtureRequest) -> Direct | None:
    """What answers plain requests without the app."""
    return All() if request.param else None


def connected(
    app: Quart, *, http2: bool, **limits: Any
) -> AbstractAsyncContextManager[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    return serving.connected(app, serving.quiet(h2_max_concurrent_streams=STREAMS_MAX), http2=http2, **limits)


@pytest.mark.parametrize("http2", [False, True])
@pytest.mark.parametrize("upgrade", ["h2c", "H2C "])
async def test_upgrade_to_http_2_is_answered_in_http_1(
    app: Quart, direct: Direct | None, http2: bool, upgrade: str
) -> None:
    asks = (
        f"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: {upgrade}\r\n"
        "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
    )
    async with connected(app, http2=http2, direct=direct) as (reader, writer):
        for _ in range(2):  # the connection goes on in HTTP/1.1
            writer.write(asks.encode())
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"upgrade" not in head.lower()
            assert await reader.readexactly(len(b"plain")) == b"plain"


@pytest.mark.parametrize("http2", [False, True])
async def test_what_follows_a_direct_answer_is_refused_as_alone(app: Quart, began: list[str], http2: bool) -> None:
    async with connected(app, http2=http2, direct=All()) as (reader, writer):
        writer.write(get("/"))
        assert (await reader.readuntil(b"directly /")).startswith(b"HTTP/1.1 200")
        writer.write(b"GET / HTTP/2.0\r\nHost: x\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 400")
    assert began == []


@pytest.mark.parametrize("http2", [False, True])
async def test_other_version_than_1_is_refused(
    app: Quart, direct: Direct | None, began: list[str], http2: bool
) -> None:
    async with connected(app, http2=http2, direct=direct) as (reader, writer):
        writer.write(b"GET / HTTP/2.0\r\nHost: x\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 400")
    assert began == []


async def test_http_2_preface_is_refused_unless_enabled(app: Quart, direct: Direct | None, began: list[str]) -> None:
    client = asking("/")
    async with connected(app, http2=False, direct=direct) as (reader, writer):
        writer.write(client.data_to_send())
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.endswith(b"\r\n\r\n")
    assert began == []


async def test_http_2_is_served_where_it_is_enabled(app: Quart, direct: Direct | None, began: list[str]) -> None:
    client = asking("/")
    async with connected(app, http2=True, direct=direct) as (reader, writer):
        writer.write(client.data_to_send())
        events = await events_until(
            client, reader, lambda events: any(isinstance(e, h2.events.StreamEnded) for e in events)
        )
    assert b"".join(event.data for event in events if isinstance(event, h2.events.DataReceived)) == b"plain"
    assert client.remote_settings.max_concurrent_streams == STREAMS_MAX
    assert began == ["2"]


async def test_client_that_resets_too_many_requests_is_disconnected(app: Quart, began: list[str]) -> None:
    client = h2.connection.H2Connection()
    client.initiate_connection()
    async with connected(app, http2=True) as (reader, writer):
        writer.write(client.data_to_send())
        for stream in range(1, 2 * 2000, 2):
            client.send_headers(stream, head("/endless"), end_stream=True)
            client.reset_stream(stream)
        writer.write(client.data_to_send())
        events = await events_until(client, reader, lambda _: False)
    assert any(isinstance(event, h2.events.ConnectionTerminated) for event in events)
    assert len(began) <= RESETS_AT_ONCE


@pytest.mark.parametrize("path", ["/", "/vast"])
async def test_http_2_response_that_is_not_read_is_reset(app: Quart, began: list[str], path: str) -> None:
    client = h2.connection.H2Connection()
    client.initiate_connection()
    client.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0})
    streams = range(1, 2 * STREAMS_MAX, 2)
    for stream in streams:
        client.send_headers(stream, head(path), end_stream=True)
    async with connected(app, http2=True, unread_s=0.6) as (reader, writer):
        writer.write(client.data_to_send())
        events = await events_until(client, reader, lambda events: len(reset(events)) == len(streams))
        assert reset(events) == set(streams)
        await async_until(lambda: "vast" not in began)
        client.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: RECV_BYTES})
        client.send_headers(1001, head("/"), end_stream=True)  # the connection goes on
        writer.write(client.data_to_send())
        await events_until(client, reader, lambda events: any(isinstance(e, h2.events.StreamEnded) for e in events))


async def test_slow_http_2_reader_is_not_reset_and_fills_no_memory(
    app: Quart, began: list[str], made: list[int]
) -> None:
    client = h2.connection.H2Connection()
    client.initiate_connection()
    client.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0})
    for stream in (1, 3):
        client.send_headers(stream, head("/vast"), end_stream=True)
    async with connected(app, http2=True, unread_s=0.6) as (reader, writer):
        writer.write(client.data_to_send())

        async def read_slowly() -> None:
            while True:
                with contextlib.suppress(h2.exceptions.ProtocolError):
                    client.increment_flow_control_window(1, stream_id=3)
                writer.write(client.data_to_send())
                await asyncio.sleep(0.02)

        reading = asyncio.ensure_future(read_slowly())
        events = await events_until(client, reader, lambda events: bool(reset(events)))
        for _ in range(30):
            events += client.receive_data(await reader.read(RECV_BYTES))
        reading.cancel()
        assert reset(events) == {1}
        assert began == ["vast"]
        assert len(made) <= 2 * 4, "of each response, a few pieces wait"


def reset(events: list[h2.events.Event]) -> set[int]:
    return {event.stream_id for event in events if isinstance(event, h2.events.StreamReset)}


def test_resets_below_the_limit_are_allowed() -> None:
    clock = Clock()
    resets = ResetLimit(clock=clock)
    assert resets.allows(RESETS_AT_ONCE)
    for _ in range(1000):
        clock.now += 1
        assert resets.allows(RESETS_A_SECOND)
    assert not resets.allows(1)
    clock.now += 3600
    assert resets.allows(RESETS_AT_ONCE)
    assert not resets.allows(1)
