"""Every server: a stream ends at SIGTERM with a goodbye, and costs nothing once its reader left or stopped reading."""

import asyncio
import json
import signal
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from itertools import count
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest
import redis

from playhead.live.broker.keys import KEYS
from tests.integration.servers.serving import ADA, GONE_S, SERVERS, STALL_S, Server, Serving, Start, serving
from tests.support.connection import Connection, request
from tests.support.event_stream import Received
from tests.support.http2 import Http2Stream
from tests.support.valkey import Valkey
from tests.support.waiting import ANSWER_S, async_until, until

SMALL = 4096
"""The size of a receive buffer that is full at once."""
DOCUMENT = "x" * 15_000
AT_ONCE = 20
"""Documents between two looks at the server. The kernel buffers about 200 of them on their way."""


class Stream(Protocol):
    """What the clients of both protocols have in common."""

    def events(self) -> AsyncGenerator[Received]: ...
    def close(self) -> None: ...


OPEN: dict[str, Callable[[int, str, dict[str, str]], Awaitable[Stream]]] = {
    "http1": Connection.open,
    "http2": Http2Stream.open,
}
LEAVE: dict[str, list[Callable[[Any], None]]] = {
    "http1": [Connection.close],
    "http2": [Http2Stream.close, Http2Stream.reset],
}
PROTOCOLS = [(server, protocol) for server in SERVERS for protocol in server.protocols]
"""Each server with each protocol that it speaks."""


def named(value: Server | str | Callable[[Any], None]) -> str:
    if isinstance(value, Server):
        return value.name
    return value if isinstance(value, str) else value.__name__


def subscribers(client: redis.Redis, job_id: str) -> int:
    ((_, count),) = client.pubsub_numsub(KEYS.channel(job_id))
    return int(count)


async def opened(served: Serving, protocol: str, job_id: str) -> tuple[Stream, AsyncGenerator[Received]]:
    """Opens a stream; returns it and its events after the first two."""
    stream: Stream = await OPEN[protocol](served.port, served.publish(job_id), ADA)
    events = stream.events()
    async with asyncio.timeout(ANSWER_S):
        assert [(await anext(events)).event for _ in range(2)] == ["hello", "status"]
    return stream, events


@pytest.mark.parametrize(("server", "protocol"), PROTOCOLS, ids=named)
async def test_stream_ends_with_a_goodbye_and_the_process_ends(
    shared_valkey: Valkey, tmp_path: Path, server: Server, protocol: str
) -> None:
    with serving(server, tmp_path, shared_valkey.url) as served:
        stream, events = await opened(served, protocol, str(uuid4()))
        began = time.monotonic()
        served.program.process.send_signal(signal.SIGTERM)
        ended = asyncio.create_task(asyncio.to_thread(served.program.process.wait))
        async with asyncio.timeout(ANSWER_S):
            last = [event async for event in events if event.event != "heartbeat"]
            goodbye_s = time.monotonic() - began
            exit_code = await ended
            ended_s = time.monotonic() - began
        stream.close()
        assert [(event.event, json.loads(event.data)["reason"]) for event in last] == [("goodbye", "draining")]
        assert exit_code == server.exit_code, served.program.err
        assert ended_s < GONE_S, f"the goodbye after {goodbye_s:.2f} s, the end after {ended_s:.2f} s"


@pytest.mark.parametrize(
    ("server", "protocol", "leave"), [(*case, leave) for case in PROTOCOLS for leave in LEAVE[case[1]]], ids=named
)
async def test_reader_that_leaves_frees_its_stream(
    start: Start, client: redis.Redis, server: Server, protocol: str, leave: Callable[[Any], None]
) -> None:
    served = start(server)
    job_id = str(uuid4())
    stream, events = await opened(served, protocol, job_id)
    async with aclosing(events):
        counts = served.counts()
        assert (counts.streams, subscribers(client, job_id)) == (1, 1)
        assert counts.tasks or (server.name, protocol) == ("playhead", "http1"), "there, a stream that rests has none"
        leave(stream)
        await async_until(lambda: served.counts().is_free, "nothing of the stream is left")
        await async_until(lambda: not subscribers(client, job_id), "no subscription is left")
    stream.close()


@pytest.mark.parametrize("server", SERVERS, ids=named)
def test_http1_reader_that_reads_nothing_frees_its_stream(start: Start, client: redis.Redis, server: Server) -> None:
    served = start(server)
    job_id, cut = str(uuid4()), served.counts().cut
    versions = count(2)

    def is_free() -> bool:
        for _ in range(AT_ONCE):
            served.publish(job_id, next(versions), DOCUMENT)
        return served.counts().is_free

    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        reader.connect(("127.0.0.1", served.port))
        reader.sendall(request(served.publish(job_id), ADA))
        until(lambda: served.counts().streams == 1, "the stream is open")
        began = time.monotonic()
        until(is_free, "nothing of the stream is left", ANSWER_S, look_s=0.0)
        assert served.counts().cut == cut + 1
        assert time.monotonic() - began > STALL_S
        until(lambda: not subscribers(client, job_id), "no subscription is left")
