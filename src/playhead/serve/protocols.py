"""The protocols that clients may speak: HTTP/1.1, and HTTP/2 without TLS where the settings ask for it.

Hypercorn by itself changes to HTTP/2 for whoever asks, by `Upgrade: h2c` or by beginning with it. Through a proxy that
passes the upgrade on, such a client would reach what the proxy denies. What clients ask for is decided here, in the
HTTP/1 parser that Hypercorn asks for the next request.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

import h11
from h2.errors import ErrorCodes
from h2.events import Event as Happened
from h2.events import StreamReset
from h2.exceptions import ProtocolError
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol import ProtocolWrapper
from hypercorn.protocol.events import Body, EndBody, Response, StreamClosed
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.h2 import H2Protocol
from hypercorn.protocol.h11 import H2ProtocolAssumedError, H11Protocol

from playhead.serve.connection import LOOKS, Connection, Reading

STREAMS_MAX = 100
"""Requests under way on one HTTP/2 connection: what RFC 9113 (6.5.2) advises at least. A proxy opens several."""
RESETS_AT_ONCE = STREAMS_MAX
"""Requests that one connection may take back at once: all that are under way on it."""
RESETS_A_SECOND = 20
"""And then: at the 4 ms measured for each it costs a twelfth of a core. 2,000 at once had stopped everybody for 8 s."""


class Http1(h11.Connection):
    """Tells of requests in HTTP/1 only, and never of a wish to upgrade to another protocol."""

    def __init__(self, max_incomplete_event_size: int, *, http2: bool) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size)
        self._http2 = http2

    def next_event(self) -> Any:
        event = super().next_event()
        if not isinstance(event, h11.Request):
            return event
        if not event.http_version.startswith(b"1.") and not (self._http2 and event.method == b"PRI"):
            raise h11.RemoteProtocolError("HTTP/2 is not spoken here")
        # To nothing: WebSockets are not spoken here, and the one to HTTP/2 is obsolete (RFC 9113, 3.1). A server may
        # answer as if it had not been asked (RFC 9110, 7.8).
        headers = [pair for pair in event.headers if pair[0] != b"upgrade"]
        if len(headers) == len(event.headers):
            return event
        return h11.Request(method=event.method, headers=headers, target=event.target, http_version=event.http_version)


class Resets:
    """How many requests one client may take back: each has cost most of its work by then."""

    def __init__(
        self,
        burst: int = RESETS_AT_ONCE,
        a_second: float = RESETS_A_SECOND,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._burst, self._a_second, self._clock = burst, a_second, clock
        self._left, self._counted_at = float(burst), clock()

    def count(self, resets: int) -> bool:
        """Count so many more; False if they are too many."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._counted_at) * self._a_second)
        self._counted_at = now
        self._left -= resets
        return self._left >= 0


class Answer:
    """What one HTTP/2 request was given, and how its client goes on reading it."""

    def __init__(self, unread_s: float) -> None:
        self.given = 0
        self.reading = Reading(unread_s)


class Http2(H2Protocol):
    """HTTP/2, which ends with the connection when its client takes back too many requests.

    An answer that its app did not finish is reset: by Hypercorn its client would wait for the rest for ever.

    An answer of which nothing is read for too long ends alone: its bytes wait for room that the client grants it, in a
    buffer of Hypercorn's, so the connection has nothing to send.
    """

    def __init__(self, *parts: Any, unread_s: float) -> None:
        super().__init__(*parts)
        self._resets = Resets()
        self._unread_s = unread_s
        self._answers: dict[int, Answer] = {}
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
            self._answers.setdefault(event.stream_id, Answer(self._unread_s)).given += len(event.data)
        elif isinstance(event, Response):
            self._unfinished.add(event.stream_id)
        elif isinstance(event, EndBody):
            self._unfinished.discard(event.stream_id)
        elif isinstance(event, StreamClosed) and event.stream_id in self._unfinished:
            await self._give_up(event.stream_id)
        await super().stream_send(event)

    async def _close_stream(self, stream_id: int) -> None:
        self._unfinished.discard(stream_id)
        await super()._close_stream(stream_id)

    async def _watch(self) -> None:
        """End the answers of which nothing was read for too long."""
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._unread_s / LOOKS):
                    await self._ended.wait()
            for stream_id in self._unread():
                await self._give_up(stream_id)

    def _unread(self) -> list[int]:
        unread = []
        for stream_id, answer in list(self._answers.items()):
            buffer = self.stream_buffers.get(stream_id)
            if buffer is None:  # all of it was sent
                del self._answers[stream_id]
            elif not buffer.buffer:
                answer.reading.note_progress(answer.given)
            elif answer.reading.stands_still(answer.given - len(buffer.buffer)):
                unread.append(stream_id)
        return unread

    async def _give_up(self, stream_id: int) -> None:
        with contextlib.suppress(ProtocolError):  # it ended meanwhile
            self.connection.reset_stream(stream_id, ErrorCodes.CANCEL)
        await self._flush()
        await self._close_stream(stream_id)
        await self._window_updated(stream_id)  # so that what waits in its buffer is thrown away
        await self.send(Updated(idle=self.idle))

    async def _handle_events(self, events: list[Happened]) -> None:
        if self._resets.count(sum(isinstance(event, StreamReset) for event in events)):
            await super()._handle_events(events)
            return
        self.connection.close_connection(ErrorCodes.ENHANCE_YOUR_CALM)
        await self._flush()
        await self.send(Closed())


class Protocols(ProtocolWrapper):
    """Begins with HTTP/1, and changes to our HTTP/2 when its parser lets the preface through.

    A client that closes its side behind a whole request is answered: Hypercorn by itself takes the request back.
    """

    def __init__(self, *parts: Any, connection: Connection, unread_s: float) -> None:
        super().__init__(*parts)
        self._connection, self._unread_s = connection, unread_s

    async def handle(self, event: Event) -> None:
        if isinstance(event, Closed):
            await self._answer_the_last()
        try:
            await self.protocol.handle(event)
        except H2ProtocolAssumedError as error:
            self.protocol = Http2(*_parts(self), unread_s=self._unread_s)
            await self.protocol.initiate()
            await self.protocol.handle(RawData(error.data))

    async def _answer_the_last(self) -> None:
        protocol = self.protocol
        if isinstance(protocol, H11Protocol) and protocol.stream is not None and self._connection.is_open:
            await protocol.handle(RawData(b""))  # its parser has to know: half a request is refused, nothing follows
            if protocol.stream is not None:
                await self._connection.answered()


class Speaker(TCPServer):
    """Speaks on one connection, until its client has left and what runs for it has ended.

    Hypercorn 0.18 by itself waits for the keep-alive timeout then, and keeps the descriptor: 100 clients a second who
    ask once each would hold 7,500.
    """

    def __init__(self, *parts: Any, http2: bool, unread_s: float) -> None:
        super().__init__(*parts)
        self._http2, self._unread_s = http2, unread_s
        self._client_left = False

    async def _read_data(self) -> None:
        """Before the first byte is read, the protocols are exchanged for ours: nothing else lets them be chosen."""
        connection = cast("Connection", self.writer)
        self.protocol = Protocols(*_parts(self.protocol), connection=connection, unread_s=self._unread_s)
        assert isinstance(self.protocol.protocol, H11Protocol)
        self.protocol.protocol.connection = Http1(self.config.h11_max_incomplete_size, http2=self._http2)
        await super()._read_data()
        self._client_left = True
        await self.idle_task.stop()

    async def protocol_send(self, event: Event) -> None:
        if not (self._client_left and isinstance(event, Updated)):  # there is nobody to be idle
            await super().protocol_send(event)


def _parts(wrapper: ProtocolWrapper) -> Sequence[Any]:
    """What Hypercorn makes a protocol with."""
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
