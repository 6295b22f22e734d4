"""Bounds every request's body before the framework reads it: its length, and the bytes that wait in memory.

Pure ASGI, because Quart does neither: 0.23 queues a body without bound, on every route and before the caller is
authenticated; 0.22 does so up to MAX_CONTENT_LENGTH, which for audio would be gigabytes. So the length is checked here:
set MAX_CONTENT_LENGTH to None.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from typing import Any

from playhead import asgi
from playhead.errors import Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]

SMALL_BODY_BYTES = 256 * 1024
"""The longest body of every route but uploads: they take JSON of a few kilobytes."""
FORM_OVERHEAD_BYTES = 64 * 1024
"""What a form adds to its file: boundaries, headers, small fields."""
WINDOW_BYTES = 4 * 1024**2
"""The bytes of an upload that may wait for its route once it reads: beyond that the connection is not read. Before, it
is `SMALL_BODY_BYTES`."""
LINGER_S, LINGER_IDLE_S = 30.0, 5.0
"""How long a refused body may go on, and pause, before its connection is cut: nginx's defaults."""
MESSAGE_BYTES = 256
"""What a message takes beside its bytes: by `sys.getsizeof` in Python 3.13 184 for its dict and 33 for its `bytes`, and
8 in a queue make 225. So pieces of one byte fill the window with 4 MiB of memory, not with four million pieces."""
METER = "playhead.body"
"""The key of the `Meter` in a request's scope."""


GONE: Message = {"type": "http.disconnect"}


class Meter:
    """Counts the memory of what was received of an upload and not yet consumed, piece by piece.

    Until its route consumes, few are let in: it may be refused, or wait for a slot, and there may be hundreds of these.
    """

    def __init__(self) -> None:
        self._waiting = 0
        self._window = SMALL_BODY_BYTES
        self._room = asyncio.Event()
        self._room.set()

    def received(self, size: int) -> None:
        self._waiting += _memory(size)
        if self._waiting > self._window:
            self._room.clear()

    def consumed(self, size: int) -> None:
        """A piece of so many was taken; 0: the first are asked for."""
        self._waiting -= _memory(size)
        self._window = WINDOW_BYTES
        if self._waiting <= WINDOW_BYTES:
            self._room.set()

    def end(self) -> None:
        """The route reads no more: whoever waits for room goes on."""
        self._waiting = 0
        self._room.set()

    async def room(self) -> None:
        """Wait until more may be received."""
        await self._room.wait()


class BodyGuard:
    """Wraps an ASGI app.

    Args:
        uploads: the routes that take a file, by method and path, and the largest size in bytes. A path that ends with
            a slash stands for each that has one more part.
        linger_s: how long a refused body may go on, in seconds.
        linger_idle_s: how long it may pause meanwhile, in seconds.
        headers: of its refusals, as every other response has them.
    """

    def __init__(
        self,
        app: App,
        uploads: Mapping[tuple[str, str], int],
        *,
        linger_s: float = LINGER_S,
        linger_idle_s: float = LINGER_IDLE_S,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._app = app
        self._uploads = uploads
        self._headers = headers or {}
        self._linger_s, self._linger_idle_s = linger_s, linger_idle_s

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        upload = self._uploads.get((method, path), self._uploads.get((method, path[: path.rfind("/") + 1])))
        limit = SMALL_BODY_BYTES if upload is None else upload + FORM_OVERHEAD_BYTES
        if scope["method"] in ("GET", "HEAD"):
            limit = 0
        meter = None
        if upload is not None:
            meter = scope[METER] = Meter()
        refusal = _refusal(limit, self._headers)
        exchange = _Exchange(limit, refusal, meter, receive, send, self._linger_s, self._linger_idle_s)
        await exchange.run(refusal if _declared(scope) > limit else self._app, scope)


class _Exchange:
    """One request: counts its body, and reads the rest of a body that was answered before its end.

    Otherwise Hypercorn 0.18 waits for ever to pass it on, and the client, which is still sending, never reads why it
    was refused.
    """

    def __init__(
        self,
        limit: int,
        refusal: App,
        meter: Meter | None,
        receive: Receive,
        send: Send,
        linger_s: float,
        linger_idle_s: float,
    ) -> None:
        self._limit, self._refusal, self._meter = limit, refusal, meter
        self._receive, self._send = receive, send
        self._linger_s, self._linger_idle_s = linger_s, linger_idle_s
        self._received = 0
        self._over = self._begun = self._answered = self._whole = self._gone = False
        self._turn = asyncio.Lock()
        self._ended = asyncio.Event()

    async def run(self, app: App, scope: Scope) -> None:
        await app(scope, self.receive, self.send)
        if self._over and not self._begun:
            self._over = False
            await self._refusal(scope, self.receive, self.send)

    async def receive(self) -> Message:
        if self._meter is not None:
            await self._meter.room()
        if self._answered:  # the rest is drained; kept for the app, it would be gigabytes that nobody reads
            await self._ended.wait()
        async with self._turn:
            message = GONE if self._over or self._gone else await self._next()
        size = len(message.get("body", b""))
        self._received += size
        if self._received > self._limit:
            # The app sees a client that disconnected, and cleans up what it began.
            self._over = True
            return GONE
        if self._meter is not None:
            self._meter.received(size)
        return message

    async def send(self, message: Message) -> None:
        if self._over and not self._begun:
            return
        self._begun = True
        if message["type"] != "http.response.body" or message.get("more_body", False):
            await self._send(message)
            return
        self._answered = True
        if self._meter is not None:
            self._meter.end()
        try:
            await self._finish(message)
        finally:
            self._ended.set()

    async def _finish(self, message: Message) -> None:
        await self._send({**message, "more_body": True})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._linger_s):
                await self._drain(self._linger_idle_s)
        # The end closes the connection of an unfinished body; its last chunks have to be read meanwhile.
        rest = asyncio.ensure_future(self._drain(None))
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        await rest

    async def _drain(self, idle_s: float | None) -> None:
        """Read the body to its end. Raises TimeoutError when nothing arrives for `idle_s` seconds."""
        while not self._whole:
            async with asyncio.timeout(idle_s), self._turn:
                if not self._whole:
                    await self._next()

    async def _next(self) -> Message:
        message: Message = await self._receive()
        self._gone = message["type"] == "http.disconnect"
        self._whole = self._gone or not message.get("more_body", False)
        return message


def too_large(limit: int) -> Problem:
    """The refusal of a file or a body longer than `limit` bytes."""
    size = f"{limit / 1024**2:.0f} MiB" if limit >= 1024**2 else f"{limit // 1024} KiB"
    return Problem(413, "too_large", f"At most {size} may be sent here." if limit else "No body may be sent here.")


def meter_of(scope: Mapping[str, Any]) -> Meter:
    """The meter of an upload that came through a `BodyGuard`."""
    meter: Meter = scope[METER]
    return meter


def _memory(size: int) -> int:
    """The bytes that a message takes; without a body nobody takes it, and it is not kept."""
    return size + MESSAGE_BYTES if size else 0


def _declared(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name.lower() == b"content-length"]
    return max((int(value) for value in lengths if value.isdigit()), default=0)


def _refusal(limit: int, headers: Mapping[str, str]) -> App:
    """An app that only responds that the body is too long."""

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await asgi.refuse(send, too_large(limit), headers)

    return refuse
