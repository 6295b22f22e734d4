"""Requests are begun a few in each turn of the event loop, and then answered as things are by that time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import pytest
from structlog.testing import capture_logs

from playhead.live.takeover import Frames
from playhead.serve.connection import Connection
from playhead.serve.direct import PER_TURN, DirectHandler, DirectParts, Turns
from playhead.serve.stream_connection import FIRST_PAUSE_S
from tests.support.ports import free_port
from tests.support.waiting import async_until
from tests.unit.serve import serving
from tests.unit.serve.answering import Direct, get, received, reset


class Held(Turns):
    """Keeps what waits for its turn, which does not come by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Callable[[], None]] = []

    def run(self, call: Callable[[], None]) -> None:
        self.calls.append(call)


@dataclass
class Waiting:
    """A connection whose requests wait for their turn."""

    turns: Held = field(default_factory=Held)
    direct: Direct = field(default_factory=Direct)
    made: list[Connection] = field(default_factory=list)
    parts: list[DirectParts] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    """After the first frame of each stream, in seconds."""

    def accept(self, connection: Connection) -> None:
        parts = DirectParts(
            direct=self.direct,
            open_stream=self.open_stream,
            begin_http=lambda _: None,
            forget=lambda _: None,
            is_crowded=lambda: False,
            idle_s=serving.DEADLINE_S,
            turns=self.turns,
        )
        self.parts.append(parts)
        connection.handler = DirectHandler(connection, parts)
        self.made.append(connection)

    def open_stream(self, transport: Any, _: Frames, _half_closed: bool, pause_s: float, _head: bytes) -> None:
        self.pauses.append(pause_s)
        transport.close()


@asynccontextmanager
async def waiting() -> AsyncIterator[tuple[Waiting, asyncio.StreamReader, asyncio.StreamWriter]]:
    there = Waiting()
    loop, port = asyncio.get_running_loop(), free_port()
    async with await loop.create_server(lambda: Connection(there.accept), "127.0.0.1", port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        yield there, reader, writer
        writer.close()
        await async_until(lambda: there.made[0].is_gone)


async def test_a_turn_begins_so_many_in_the_order_in_which_they_came() -> None:
    turns, begun = Turns(), list[int]()
    for number in range(2 * PER_TURN + 1):
        turns.run(lambda number=number: begun.append(number))  # type: ignore[misc]
    assert begun == list(range(PER_TURN))
    await asyncio.sleep(0)
    turns.run(lambda: begun.append(2 * PER_TURN + 1))
    assert begun == list(range(2 * PER_TURN))
    await asyncio.sleep(0)
    assert begun == list(range(2 * PER_TURN + 2))
    await asyncio.sleep(0)
    turns.run(lambda: begun.append(-1))
    assert begun[-1] == -1


async def test_later_turn_has_nothing_of_the_request_before() -> None:
    turns, variable, found = Turns(), ContextVar[str]("request", default=""), list[str]()
    variable.set("first")
    for _ in range(PER_TURN + 1):
        turns.run(lambda: found.append(variable.get()))
    await asyncio.sleep(0)
    assert found == ["first"] * PER_TURN + [""]


async def test_connection_that_waits_for_its_turn_is_not_idle() -> None:
    async with waiting() as (there, reader, writer):
        await async_until(lambda: there.made)
        assert there.made[0].is_idle
        writer.write(get("/direct/a"))
        await async_until(lambda: there.turns.calls)
        assert not there.made[0].is_idle
        there.turns.calls[0]()
        assert not there.made[0].is_idle, "its answer has not begun"
        assert (await received(reader)).body == b"directly a"
        assert there.made[0].is_idle


@pytest.mark.parametrize("fails", ["takes", "begin_http", "is_crowded", "open_stream"])
async def test_connection_whose_request_fails_is_cut(fails: str) -> None:
    def fail(*_: object) -> bool:
        raise RuntimeError("boom")

    path = {"begin_http": "/app", "open_stream": "/direct/stream"}.get(fails, "/direct/a")
    async with waiting() as (there, reader, writer):
        await async_until(lambda: there.made)
        object.__setattr__(there.direct if fails == "takes" else there.parts[0], fails, fail)
        writer.write(get(path))
        await async_until(lambda: there.turns.calls)
        with capture_logs() as lines:
            asyncio.get_running_loop().call_soon(there.turns.calls[0])  # as in a later turn
            async with asyncio.timeout(serving.DEADLINE_S):
                with suppress(ConnectionResetError):
                    assert await reader.read() == b""
        assert [line["log_level"] for line in lines] == ["error"]


async def test_request_in_pieces_is_whole_when_its_turn_comes() -> None:
    sent = get("/direct/a")
    async with waiting() as (there, reader, writer):
        writer.write(sent[:9])
        await async_until(lambda: there.turns.calls)
        writer.write(sent[9:])
        writer.write_eof()
        await async_until(lambda: there.made[0].is_half_closed)
        (call,) = there.turns.calls
        call()
        assert (await received(reader)).body == b"directly a"


async def test_who_left_before_their_turn_is_not_answered() -> None:
    async with waiting() as (there, _, writer):
        writer.write(get("/direct/a"))
        await async_until(lambda: there.turns.calls)
        reset(writer)
        await async_until(lambda: there.made[0].is_gone)
        there.turns.calls[0]()
        await asyncio.sleep(0)
        assert there.direct.asked == []


async def test_request_whose_turn_comes_while_the_server_stops_is_the_last() -> None:
    async with waiting() as (there, reader, writer):
        writer.write(get("/direct/a"))
        await async_until(lambda: there.turns.calls)
        there.parts[0].is_ending = True
        (connection,) = there.made
        assert connection.handler is not None
        connection.handler.close_if_idle()
        there.turns.calls[0]()
        async with asyncio.timeout(serving.DEADLINE_S):
            answer = await received(reader)
            assert (answer.body, answer.closes) == (b"directly a", True)
            assert await reader.read() == b""


@pytest.mark.parametrize(
    ("header", "pause_s"),
    [("X-Any: x", 0.0), *((f"{name}: x", FIRST_PAUSE_S) for name in ("X-Forwarded-For", "Forwarded", "Via"))],
)
async def test_only_a_stream_through_a_proxy_pauses(header: str, pause_s: float) -> None:
    async with waiting() as (there, reader, writer):
        writer.write(get("/direct/stream", header))
        await async_until(lambda: there.turns.calls)
        there.turns.calls[0]()
        async with asyncio.timeout(serving.DEADLINE_S):
            assert await reader.read() == b""
    assert there.pauses == [pause_s]
