"""Fault: readers disconnect in every way and at every moment. Nothing of their streams remains."""

import asyncio
import random
import socket
import struct
import time
from collections.abc import Callable
from contextlib import aclosing, suppress

import pytest

from tests.support.connection import Connection
from tests.support.readers import measured
from tests.support.site import Person, Site, Web
from tests.support.waiting import ANSWER_S, async_until

PEOPLE, EACH = 15, 100
"""1,500 early resets; several people, because a person may open 120 streams a minute."""
EARLY_S = 0.0005, 0.003
"""Seconds after the request: while the login, the session and its status are read."""
AT_ONCE = 10
AT_ONCE_AND_RST = struct.pack("ii", 1, 0)
"""SO_LINGER of 0 s: closing sends a reset."""


def fin(connection: Connection) -> None:
    connection.close()


def reset(connection: Connection) -> None:
    connection.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE_AND_RST)
    connection.writer.transport.abort()


def half_close(connection: Connection) -> None:
    connection.writer.write_eof()


@pytest.mark.parametrize("leave", [fin, reset, half_close])
async def test_stream_of_a_reader_that_left_is_ended(
    site: Site, narrow_web: Web, leave: Callable[[Connection], None]
) -> None:
    person = site.person()
    session_id = site.session(person)
    for events in range(4):
        connection = await Connection.open(narrow_web.port, stream_of(session_id), person.headers)
        assert connection.status == 200
        async with aclosing(connection.events()) as stream:
            for _ in range(events):
                await anext(stream)
        await async_until(lambda: site.followed(session_id), "the process is subscribed")
        leave(connection)
        await async_until(lambda: not site.followed(session_id), "no stream is open")
        connection.close()


@pytest.mark.parametrize("of", ["/status", "/status/stream"])
async def test_client_that_half_closes_after_its_request_is_answered(site: Site, web: Web, of: str) -> None:
    person = site.person()
    session_id = site.session(person)
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    lines = [f"GET /api/v1/sessions/{session_id}{of} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in person.headers.items()]
    began = time.monotonic()
    writer.write("\r\n".join([*lines, "", ""]).encode())
    writer.write_eof()
    async with asyncio.timeout(ANSWER_S):
        answer = await reader.read()
    measured.info("%s: %d bytes, closed after %.3f s", of, len(answer), time.monotonic() - began)
    assert answer.startswith(b"HTTP/1.1 200")
    assert f'"session_id":"{session_id}"'.encode() in answer
    await async_until(lambda: not site.followed(session_id), "no stream is open")
    writer.close()


async def test_resets_during_a_request_leave_no_stream(site: Site, web: Web) -> None:
    people = site.people(PEOPLE)
    sessions = [site.session(person) for person in people]
    chance = random.Random(20_261_124)
    limit = asyncio.Semaphore(AT_ONCE)

    async def all_of(person: Person, session_id: str) -> None:
        for _ in range(EACH):
            async with limit:
                await come_and_reset(web, person, session_id, chance.uniform(*EARLY_S))

    await asyncio.gather(*(all_of(person, each) for person, each in zip(people, sessions, strict=True)))
    await async_until(lambda: not site.followed(*sessions), "no stream is open")
    assert await asyncio.to_thread(web.ready)
    measured.info("%d resets", PEOPLE * EACH)


async def come_and_reset(web: Web, person: Person, session_id: str, after_s: float) -> None:
    """Requests a stream and resets the connection after `after_s`."""
    loop = asyncio.get_running_loop()
    headers = "".join(f"{name}: {value}\r\n" for name, value in person.headers.items())
    connection = socket.socket()
    connection.setblocking(False)
    with suppress(ConnectionError):
        await loop.sock_connect(connection, ("127.0.0.1", web.port))
        request = f"GET {stream_of(session_id)} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n"
        await loop.sock_sendall(connection, request.encode())
        await asyncio.sleep(after_s)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE_AND_RST)
    connection.close()


def stream_of(session_id: str) -> str:
    return f"/api/v1/sessions/{session_id}/status/stream?segments=1"
