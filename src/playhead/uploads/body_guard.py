"""Bounds every request's body before the framework sees it: how long it may be, and how much of it may wait.

Pure ASGI, because Quart cannot do either: 0.23 queues a body without bound, on every route and before anyone is
known; 0.22 does so up to MAX_CONTENT_LENGTH, which for audio would be gigabytes. So that length is ours to check:
set MAX_CONTENT_LENGTH to None.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from playhead.errors import Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

SMALL_BODY_BYTES = 256 * 1024
"""Every route but uploads takes JSON of a few kilobytes."""
FORM_OVERHEAD_BYTES = 64 * 1024
"""What a form adds to its file: boundaries, headers, small fields."""
WINDOW_BYTES = 4 * 1024**2
"""Of an upload, received but not yet taken by its route: beyond that the connection waits."""
METER = "playhead.body"
"""Where a request's scope holds its `Meter`."""


class Meter:
    """How much of an upload waits to be taken."""

    def __init__(self) -> None:
        self._waiting = 0
        self._room = asyncio.Event()
        self._room.set()

    def received(self, size: int) -> None:
        self._waiting += size
        if self._waiting > WINDOW_BYTES:
            self._room.clear()

    def consumed(self, size: int) -> None:
        self._waiting -= size
        if self._waiting <= WINDOW_BYTES:
            self._room.set()

    async def room(self) -> None:
        """Returns when more may be received."""
        await self._room.wait()


class BodyGuard:
    """Wraps an ASGI app. `uploads` names the routes, by method and path, that take a whole file, and its size."""

    def __init__(self, app: App, uploads: Mapping[tuple[str, str], int]) -> None:
        self._app = app
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        upload = self._uploads.get((scope["method"], scope["path"]))
        limit = SMALL_BODY_BYTES if upload is None else upload + FORM_OVERHEAD_BYTES
        if scope["method"] in ("GET", "HEAD"):
            limit = 0
        if _declared(scope) > limit:
            await _refuse(scope, send, limit)
            return
        meter = None
        if upload is not None:
            meter = scope[METER] = Meter()
        await _Exchange(limit, meter, receive, send).run(self._app, scope)


class _Exchange:
    """One request: counts what comes in, and knows whether the answer has begun."""

    def __init__(self, limit: int, meter: Meter | None, receive: Receive, send: Send) -> None:
        self._limit, self._meter = limit, meter
        self._receive, self._send = receive, send
        self._received = 0
        self._over = self._begun = False

    async def run(self, app: App, scope: Scope) -> None:
        await app(scope, self.receive, self.send)
        if self._over and not self._begun:
            await _refuse(scope, self._send, self._limit)

    async def receive(self) -> Message:
        if self._over:
            return {"type": "http.disconnect"}
        if self._meter is not None:
            await self._meter.room()
        message: Message = await self._receive()
        if message["type"] == "http.request":
            size = len(message.get("body", b""))
            self._received += size
            if self._received > self._limit:
                # To the app it looks as if the client had left: whatever it began, it cleans up.
                self._over = True
                return {"type": "http.disconnect"}
            if self._meter is not None:
                self._meter.received(size)
        return message

    async def send(self, message: Message) -> None:
        if self._over and not self._begun:
            return
        self._begun = True
        await self._send(message)


def too_large(limit: int) -> Problem:
    """The one refusal of a file or a body that is too long; `limit` in bytes."""
    size = f"{limit / 1024**2:.0f} MiB" if limit >= 1024**2 else f"{limit // 1024} KiB"
    return Problem(413, "too_large", f"At most {size} may be sent here." if limit else "No body may be sent here.")


def meter_of(scope: Mapping[str, Any]) -> Meter:
    """The request's meter; one of its own where no guard stands in front (in tests)."""
    meter: Meter = scope.get(METER) or Meter()
    return meter


def _declared(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name.lower() == b"content-length"]
    return max((int(value) for value in lengths if value.isdigit()), default=0)


async def _refuse(scope: Scope, send: Send, limit: int) -> None:
    body = json.dumps(too_large(limit).document()).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if scope.get("http_version", "1.1").startswith("1"):
        # What is still on its way must not be taken for the next request.
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
