"""Answers some requests on their connection itself, without Hypercorn, ASGI and the framework.

Opening a stream costs a fifth then: a parser in C, no queue, one task. Where anything is unusual, the connection is
handed over to Hypercorn with the bytes of the request, as if nothing had happened.
"""

import asyncio
import contextvars
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol
from wsgiref.handlers import format_date_time

from playhead import log
from playhead.live.asgi_io import NO_BODY
from playhead.live.http import Answer, Request
from playhead.live.takeover import Frames
from playhead.serve.connection import Connection
from playhead.serve.head import Head, whole_get
from playhead.serve.stream_connection import FIRST_PAUSE_S

HELD_BYTES = 64 * 1024
"""Bytes that may arrive during an answer; beyond that the connection is not read. A browser sends none."""
PER_TURN = 16
"""Requests that are begun in one turn of the event loop: about 2 ms, for which updates of open streams wait."""
PROXIED = frozenset({"x-forwarded-for", "forwarded", "via"})
"""Headers of a request that came through a proxy."""


class Direct(Protocol):
    """Answers requests without the app."""

    def takes(self, path: str) -> bool:
        """Whether it may answer a GET of this path."""
        ...

    async def answer(self, request: Request) -> Answer | None:
        """The answer with all headers that the app would send; None: let the app answer.

        It is canceled when the client leaves.
        """
        ...


class Turns:
    """Runs what has come in turns of the event loop, so many in each, in its order."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._left = PER_TURN
        """How many may still run in this turn."""

    def run(self, call: Callable[[], None]) -> None:
        """Call it now, or in a later turn."""
        if self._left == PER_TURN:
            # An empty context: what runs then would have the request id of this one.
            asyncio.get_running_loop().call_soon(self._next_turn, context=contextvars.Context())
        if self._left > 0:
            self._left -= 1
            call()
        else:
            self._waiting.append(call)

    def _next_turn(self) -> None:
        self._left = PER_TURN
        for _ in range(min(PER_TURN, len(self._waiting))):
            self.run(self._waiting.popleft())


@dataclass(slots=True, kw_only=True)
class DirectParts:
    """What the connections of one server have in common.

    Args:
        direct: answers.
        open_stream: called with the transport, the frames, whether the client has closed its side, the pause after
            the first frame in seconds, and the head of the response.
        begin_http: hands a connection over to Hypercorn.
        forget: called when a connection has ended, or carries a stream.
        is_crowded: whether responses should close their connection.
        idle_s: seconds without a request after which a connection is closed.
    """

    direct: Direct
    open_stream: Callable[[Any, Frames, bool, float, bytes], None]
    begin_http: Callable[[Connection], None]
    forget: Callable[[Connection], None]
    is_crowded: Callable[[], bool]
    idle_s: float
    is_ending: bool = False
    """Whether the server stops: every response is the last of its connection."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    turns: Turns = field(default_factory=Turns)


class DirectHandler:
    """Reads one connection until its first request that is not answered directly."""

    __slots__ = ("_connection", "_held", "_is_waiting", "_parts", "_task", "_timer")

    def __init__(self, connection: Connection, parts: DirectParts) -> None:
        self._connection, self._parts = connection, parts
        self._held = b""
        """Received during an answer, or before its turn."""
        self._is_waiting = False
        """Whether what was received waits for its turn."""
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        """Closes an idle connection, or cancels an answer to a half-closed client."""

    def received(self, data: bytes) -> None:
        if self._task is not None or self._is_waiting:
            self._hold(data)
            return
        self._stop_timer()
        self._is_waiting = True
        self._hold(data)
        self._parts.turns.run(self._begin)

    def _begin(self) -> None:
        """Begin to answer what was received."""
        self._is_waiting = False
        if self._connection.handler is not self:  # the client has left
            return
        try:
            self._begin_with(self._take_held())
        except Exception:  # noqa: BLE001 - in a later turn nobody else would end the connection
            self._cut("a request could not be begun")

    def _begin_with(self, data: bytes) -> None:
        connection, parts = self._connection, self._parts
        head = whole_get(data, connection.address)
        if head is None or not parts.direct.takes(head.request.path):
            self._hand_over(data)
            return
        self._task = asyncio.get_running_loop().create_task(self._answer(head, data), name="direct")
        parts.tasks.add(self._task)
        self._task.add_done_callback(parts.tasks.discard)
        if connection.is_half_closed:
            self.ended()

    def ended(self) -> bool:
        """The client has closed its side. Returns whether the connection stays open for the answer in progress."""
        if self._task is None:
            return self._is_waiting
        # As of every response to a half-closed client: TCP does not tell whether it still reads.
        self._timer = asyncio.get_running_loop().call_later(self._connection.answer_s, self._task.cancel)
        return True

    def lost(self) -> None:
        """The connection has ended."""
        self._stop_timer()
        if self._task is not None:
            self._task.cancel()
        self._leave()

    @property
    def is_idle(self) -> bool:
        return self._task is None and not self._is_waiting

    def close_if_idle(self) -> None:
        if self.is_idle:
            self._connection.close()

    async def _answer(self, head: Head, data: bytes) -> None:
        connection, answer = self._connection, None
        try:
            with connection.request():
                await connection.drain()  # a client that reads no response gets no further one
                answer = await self._parts.direct.answer(head.request)
        except asyncio.CancelledError:
            connection.close()
            raise
        except Exception:  # noqa: BLE001 - the app answers, and reports what fails there, too
            log.get(__name__).exception("a direct answer failed", path=head.request.path)
        finally:
            self._task = None  # a canceled task refers to this by its traceback
        if connection.is_gone:
            return
        try:
            self._answered(head, data, answer)
        except Exception:  # noqa: BLE001 - the task has no one else to end the connection
            self._cut("an answer could not be sent", path=head.request.path)

    def _answered(self, head: Head, data: bytes, answer: Answer | None) -> None:
        if answer is None:
            self._hand_over(data + self._take_held())
        elif answer.frames is not None:
            self._open_stream(head, answer, answer.frames)
        else:
            self._write(answer, keeps_alive=head.keeps_alive)

    def _open_stream(self, head: Head, answer: Answer, frames: Frames) -> None:
        connection = self._connection
        pause_s = 0.0 if PROXIED.isdisjoint(head.request.headers) else FIRST_PAUSE_S
        response_head = head_of(answer, "transfer-encoding: chunked\r\nconnection: close\r\n")
        self._leave()
        if (transport := connection.take()) is None:
            return
        try:
            self._parts.open_stream(transport, frames, connection.is_half_closed, pause_s, response_head)
        except Exception:
            transport.abort()
            raise

    def _write(self, answer: Answer, *, keeps_alive: bool) -> None:
        connection, parts = self._connection, self._parts
        has_body = answer.status not in NO_BODY
        is_last = connection.is_half_closed and not self._held
        closes = not keeps_alive or is_last or parts.is_ending or parts.is_crowded()
        last = f"content-length: {len(answer.body)}\r\n" if has_body else ""
        connection.write(head_of(answer, last + "connection: close\r\n" * closes) + (answer.body if has_body else b""))
        if closes:
            connection.close()
        elif self._held:
            self.received(self._take_held())
        else:
            self._timer = asyncio.get_running_loop().call_later(parts.idle_s, self.close_if_idle)

    def _hold(self, data: bytes) -> None:
        self._held += data
        if len(self._held) > HELD_BYTES:
            self._connection.pause_reading()

    def _take_held(self) -> bytes:
        """What was received during the answer; from now on the connection is read again."""
        held, self._held = self._held, b""
        if len(held) > HELD_BYTES:  # else it is read: uvloop would report the end of a half-closed one once more
            self._connection.resume_reading()
        return held

    def _hand_over(self, data: bytes) -> None:
        connection = self._connection
        self._parts.begin_http(connection)
        connection.handler = None
        connection.data_received(data)
        if connection.is_half_closed:
            connection.eof_received()

    def _cut(self, event: str, **fields: object) -> None:
        """Log the present exception, and reset the connection."""
        log.get(__name__).exception(event, **fields)
        self._connection.cut()

    def _leave(self) -> None:
        self._parts.forget(self._connection)
        self._connection.handler = None  # they refer to each other

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def head_of(answer: Answer, last: str) -> bytes:
    """The head of a response, with the same lines as Hypercorn's. `last`: lines at its end."""
    lines = "".join([f"{name.lower()}: {value}\r\n" for name, value in answer.headers.items()])
    return f"HTTP/1.1 {answer.status} \r\n{lines}date: {_date(int(time.time()))}\r\n{last}\r\n".encode("latin-1")


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return format_date_time(second)
