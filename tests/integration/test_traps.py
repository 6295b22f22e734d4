"""Workarounds for faults of the platform work on a real server: Hypercorn over TCP, in this process."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from httpx_sse import aconnect_sse
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart

from playhead.config import load
from playhead.live.hub import Hub
from playhead.migrations import upgrade
from playhead.web import create_app
from tests.support.ports import free_port
from tests.support.speech import JFK
from tests.support.valkey import valkey

RESPONSE_TIMEOUT_S = 0.3
"""Quart's limit (60 s by default), so short that the first heartbeat comes well after it."""
RESETS = 300
DEADLINE_S = 20.0


@dataclass
class Served:
    app: Quart
    port: int
    client: httpx.AsyncClient
    links: dict[str, str]

    @property
    def hub(self) -> Hub:
        hub: Hub = self.app.extensions["playhead"].hub
        return hub


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """Serves the web app by a real Hypercorn, with a session that stays queued."""
    with valkey(tmp_path / "valkey") as redis:
        port, stop = free_port(), asyncio.Event()
        settings = load(
            {
                "DATA_DIR": str(tmp_path),
                "REDIS_URL": redis.url,
                "STREAMS_PER_USER": "1000",
                "STREAMS_PER_SESSION": "1000",
            }
        )
        upgrade(settings.database)
        app = create_app(settings)
        app.config["RESPONSE_TIMEOUT"] = RESPONSE_TIMEOUT_S
        config = Config.from_mapping(bind=[f"127.0.0.1:{port}"], backlog=RESETS, errorlog=None)
        running = asyncio.create_task(serve(app, config, shutdown_trigger=stop.wait))
        try:
            transport = httpx.AsyncHTTPTransport(retries=10)
            headers = {"X-Requested-With": "playhead"}
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=DEADLINE_S, transport=transport
            ) as client:
                who = {"email": "ada@example.org", "password": "correct horse battery"}
                await client.post("/api/v1/auth/register", json=who)
                made = await client.post("/api/v1/sessions", files={"file": (JFK.name, JFK.read_bytes())})
                yield Served(app, port, client, made.json()["links"])
        finally:
            stop.set()
            await running


async def test_stream_outlives_the_response_timeout_of_quart(served: Served) -> None:
    """At the timeout Quart 0.22 cuts a stream; 0.23 leaves it open without data, which no browser notices."""
    async with aconnect_sse(served.client, "GET", served.links["stream"]) as source:
        events = source.aiter_sse()
        assert [(await anext(events)).event for _ in range(3)] == ["hello", "status", "heartbeat"]
        await served.client.post(served.links["self"] + "/cancel")
        assert [event.event async for event in events] == ["status", "goodbye"]


async def test_readers_that_reset_at_once_are_released(served: Served) -> None:
    """On Python 3.11 a cancellation can get lost in `wait_for`, and a stream would run for ever."""
    request = (
        f"GET {served.links['stream']} HTTP/1.1\r\nHost: here\r\n"
        f"Cookie: playhead={served.client.cookies['playhead']}\r\n\r\n"
    ).encode()

    async def reset(number: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(request)
        await asyncio.sleep(number % 20 / 1000)
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    for start in range(0, RESETS, 50):
        await asyncio.gather(*(reset(number) for number in range(start, start + 50)))
    async with asyncio.timeout(DEADLINE_S):
        while served.hub.readers or served.hub.watched:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.05)


async def test_unexpected_body_is_refused_before_it_is_read(served: Served) -> None:
    """Quart 0.23 reads a body into memory on every route, before anything is checked."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield bytes(64 * 1024)

    answer = await served.client.request("GET", served.links["status"], content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_client_cannot_forge_the_address_of_its_limits(served: Served) -> None:
    """The leftmost address of X-Forwarded-For is chosen by the client."""
    who = {"email": "nobody@example.org", "password": "wrong"}
    answers = [
        await served.client.post("/api/v1/auth/login", json=who, headers={"X-Forwarded-For": f"10.0.0.{number}"})
        for number in range(12)
    ]
    assert [answer.status_code for answer in answers].count(429) >= 2
