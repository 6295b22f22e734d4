"""Restricts the protocols of Hypercorn to HTTP/1.1, and to HTTP/2 without TLS where the settings enable it.

Hypercorn by itself changes to HTTP/2 on `Upgrade: h2c` and on the HTTP/2 preface. Through a proxy that forwards the
upgrade, a client would then reach paths that the proxy denies. So the HTTP/1 parser, which Hypercorn asks for the next
request, hides upgrades and refuses the preface.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

import h11
from h2.errors import ErrorCodes
from h2.events import Event as H2Event
from h2.events import StreamReset
from h2.exceptions import ProtocolError
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol import ProtocolWrapper
from hypercorn.protocol.events import Body, EndBody, Response, StreamClosed
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.h2 import BUFFER_LOW_WATER, H2Protocol, StreamBuffer
from hypercorn.protocol.h11 import H2ProtocolAssumedError, H11Protocol

from playhead.serve.connection import CHECKS, Connection, ReadProgress

STREAMS_MAX = 100
"""Concurrent requests on one HTTP/2 connection: the least that RFC 9113 (6.5.2) advises. A proxy opens several
connections."""
RESETS_AT_ONCE = STREAMS_MAX
"""Requests that a connection may reset in a burst: all that are in progress on it."""
RESETS_A_SECOND = 20
"""Sustained rate after the burst. Measured: a reset costs 4 ms, so this is a twelfth of a core; 2,000 resets at once
blocked all clients for 8 s."""


class Http1(h11.Connection):
    """Parses HTTP/1 requests only, and removes their `Upgrade` header.

    Args:
        max_incomplete_event_size: the longest head, in bytes.
        http2: whether the preface of HTTP/2 is accepted.
        refused: called with the status of each response to a request that cannot be parsed, which no app sees.
    """

    def __init__(
        self, max_incomplete_event_size: int, *, http2: bool, refused: Callable[[int], object] = lambda _: None
    ) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size)
        self._http2, self._refused = http2, refused

    def next_event(self) -> Any:
        try:
            return self._next_event()
        except h11.RemoteProtocolError as error:
            if self.our_state in (h11.IDLE, h11.SEND_RESPONSE):  # Hypercorn answers in these
                self._refused(error.error_status_hint)
            raise

    def _next_event(self) -> Any:
        event = super().next_event()
        if not isinstance(event, h11.Request):
            return event
        if not event.http_version.startswith(b"1.") and not (self._http2 and event.method == b"PRI"):
            raise h11.RemoteProtocolError("HTTP/2 is not enabled")
        # There are no WebSockets here, and the upgrade to HTTP/2 is obsolete (RFC 9113, 3.1). A server may ignore an
        # upgrade (RFC 9110, 7.8).
        headers = [pair for pair in event.headers if pair[0] != b"upgrade"]
        if len(headers) == len(event.headers):
            return event
        return h11.Request(method=event.method, headers=headers, target=event.target, http_version=event.http_version)


class ResetLimit:
    """Limits how many requests a client may reset (a token bucket): by then most of their work is done."""

    def __init__(
        self,
        burst: int = RESETS_AT_ONCE,
        a_second: float = RESETS_A_SECOND,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._burst, self._a_second, self._clock = burst, a_second, clock
        self._left, self._counted_at = float(burst), clock()

    def allows(self, resets: int) -> bool:
        """Counts more resets; False if the limit is exceeded."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._counted_at) * self._a_second)
        self._counted_at = now
        self._left -= resets
        return self._left >= 0


class SentBody:
    """Bytes of one HTTP/2 response that were passed to Hypercorn, and the client's progress in reading them."""

    def __init__(self, unread_s: float) -> None:
        self.sent = 0
        self.progress = ReadProgress(unread_s)


class Buffer(StreamBuffer):
    """What of a response waits for the client; the app waits while that is much.

    Hypercorn's lets the app go on whenever little could be taken, also because the client's window is closed: a
    response that nobody read was in memory as a whole, 440 MB after 2 s.
    """

    async def pop(self, max_length: int) -> bytes:
        data = bytes(self.buffer[:max_length])
        del self.buffer[:max_length]
        if len(self.buffer) < BUFFER_LOW_WATER:
            await self._paused.set()
        if not self.buffer:
            await self._is_empty.set()
        return data


class Http2(H2Protocol):
    """HTTP/2 with limits: closes the connection after too many resets, and resets responses that cannot be finished.

    A response that the app left unfinished is reset: with Hypercorn alone its client would wait for the rest for ever.

    A response that the client does not read is reset alone, after `unread_s`. Its bytes wait for the client's flow
    control window in a buffer of Hypercorn's, where the connection's own timeout does not see them.
    """

    def __init__(self, *parts: Any, unread_s: float) -> None:
        super().__init__(*parts)
        self._resets = ResetLimit()
        self._unread_s = unread_s
        self._bodies: dict[int, SentBody] = {}
        self._unfinished: set[int] = set()
        self._ended = asyncio.Event()

    async def initiate(self, headers: list[tuple[bytes, bytes]] | None = None, settings: bytes | None = None) -> None:
        await super().initiate(headers, settings)
        self.task_group.spawn(self._watch)

    async def handle(self, event: Event) -> None:
        if isinstance(event, Closed):
            self._ended.set()
        await super().handle(event)

    async def stream_send(self, event: StreamEvent) -> None:
        if isinstance(event, Body):
            self._bodies.setdefault(event.stream_id, SentBody(self._unread_s)).sent += len(event.data)
        elif isinstance(event, Response):
            self._unfinished.add(event.stream_id)
            if event.stream_id in self.stream_buffers:  # not closed meanwhile; nothing is in it yet
                self.stream_buffers[event.stream_id] = Buffer(self.context.event_class)
        elif isinstance(event, EndBody):
            self._unfinished.discard(event.stream_id)
        elif isinstance(event, StreamClosed) and event.stream_id in self._unfinished:
            await self._reset(event.stream_id)
        await super().stream_send(event)

    async def _close_stream(self, stream_id: int) -> None:
        self._unfinished.discard(stream_id)
        await super()._close_stream(stream_id)

    async def _watch(self) -> None:
        """Reset the responses that their client has stopped reading."""
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._unread_s / CHECKS):
                    await self._ended.wait()
            for stream_id in self._stalled():
                await self._reset(stream_id)

    def _stalled(self) -> list[int]:
        stalled = []
        for stream_id, body in list(self._bodies.items()):
            buffer = self.stream_buffers.get(stream_id)
            if buffer is None:  # sent completely
                del self._bodies[stream_id]
            elif not buffer.buffer:
                body.progress.note_progress(body.sent)
            elif body.progress.has_stalled(body.sent - len(buffer.buffer)):
                stalled.append(stream_id)
        return stalled

    async def _reset(self, stream_id: int) -> None:
        with contextlib.suppress(ProtocolError):  # it ended meanwhile
            self.connection.reset_stream(stream_id, ErrorCodes.CANCEL)
        await self._flush()
        await self._close_stream(stream_id)
        await self._window_updated(stream_id)  # discards what waits in its buffer
        await self.send(Updated(idle=self.idle))

    async def _handle_events(self, events: list[H2Event]) -> None:
        if self._resets.allows(sum(isinstance(event, StreamReset) for event in events)):
            await super()._handle_events(events)
            return
        self.connection.close_connection(ErrorCodes.ENHANCE_YOUR_CALM)
        await self._flush()
        await self.send(Closed())


class ProtocolSelector(ProtocolWrapper):
    """Begins with HTTP/1, and changes to `Http2` when the parser accepts the HTTP/2 preface.

    A client that closes its side after a complete request gets its response: Hypercorn by itself cancels the request.
    """

    def __init__(self, *parts: Any, connection: Connection, unread_s: float) -> None:
        super().__init__(*parts)
        self._connection, self._unread_s = connection, unread_s

    async def handle(self, event: Event) -> None:
        if isinstance(event, Closed):
            await self._finish_last_request()
        try:
            await self.protocol.handle(event)
        except H2ProtocolAssumedError as error:
            self.protocol = Http2(*_arguments(self), unread_s=self._unread_s)
            await self.protocol.initiate()
            await self.protocol.handle(RawData(error.data))

    async def _finish_last_request(self) -> None:
        protocol = self.protocol
        if isinstance(protocol, H11Protocol) and protocol.stream is not None and self._connection.is_open:
            await protocol.handle(RawData(b""))  # end of file for its parser, which refuses an incomplete request
            if protocol.stream is not None:
                await self._connection.wait_for_end()


class HttpHandler(TCPServer):
    """Runs Hypercorn on one connection until the client has left and its requests have ended.

    Hypercorn 0.18 by itself then waits for the keep-alive timeout and keeps the descriptor: 100 clients a second with
    one request each would hold 7,500.
    """

    def __init__(self, *parts: Any, http2: bool, unread_s: float, refused: Callable[[int], object]) -> None:
        super().__init__(*parts)
        self._http2, self._unread_s, self._refused = http2, unread_s, refused
        self._client_left = False

    async def _read_data(self) -> None:
        """Replace Hypercorn's protocols before the first byte is read: it has no option for that."""
        connection = cast("Connection", self.writer)
        self.protocol = ProtocolSelector(*_arguments(self.protocol), connection=connection, unread_s=self._unread_s)
        assert isinstance(self.protocol.protocol, H11Protocol)
        self.protocol.protocol.connection = Http1(
            self.config.h11_max_incomplete_size, http2=self._http2, refused=self._refused
        )
        await super()._read_data()
        self._client_left = True
        await self.idle_task.stop()

    async def protocol_send(self, event: Event) -> None:
        if not (self._client_left and isinstance(event, Updated)):  # it would start the keep-alive timeout
            await super().protocol_send(event)


def _arguments(wrapper: ProtocolWrapper) -> Sequence[Any]:
    """The arguments that Hypercorn makes a protocol with."""
    return (
        wrapper.app,
        wrapper.config,
        wrapper.context,
        wrapper.task_group,
        wrapper.state,
        wrapper.ssl,
        wrapper.client,
        wrapper.server,
        wrapper.send,
    )
