"""Calls an ASGI app without a server or a network, as a server would."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tests.support.event_stream import Received, parse
from tests.support.waiting import ANSWER_S, async_until


@dataclass
class Response:
    """What an app has answered so far."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    completed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_complete(self) -> bool:
        return self.completed.is_set()

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def events(self) -> list[Received]:
        return parse(self.body)

    @property
    def names(self) -> list[str]:
        return [event.event for event in self.events]

    async def has(self, *names: str) -> None:
        """Wait until exactly these events have come."""
        await async_until(lambda: self.names == list(names))


class Client:
    """Sends requests to an app as one person.

    Args:
        root_path: the prefix under which a server serves the app; it is part of each request's path.
    """

    def __init__(self, app: Any, *, root_path: str = "", **headers: str) -> None:
        self._app = app
        self._root_path = root_path
        self._headers = headers

    async def get(self, target: str, *, method: str = "GET", **headers: str) -> Response:
        """The whole answer."""
        async with asyncio.timeout(ANSWER_S), self.open(target, ANSWER_S, method=method, **headers) as response:
            await response.completed.wait()
        return response

    def scope(self, target: str, *, method: str = "GET", **headers: str) -> dict[str, Any]:
        """The scope of a request."""
        url = urlsplit(target)
        lines = {name.replace("_", "-").lower(): value for name, value in {**self._headers, **headers}.items()}
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "method": method,
            "http_version": "1.1",
            "scheme": "http",
            "path": url.path,
            "raw_path": url.path.encode(),
            "root_path": self._root_path,
            "query_string": url.query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in lines.items()],
            "client": ("192.0.2.1", 5000),
            "server": ("192.0.2.2", 80),
        }

    @asynccontextmanager
    async def open(
        self, target: str, patience_s: float = 5.0, *, method: str = "GET", **headers: str
    ) -> AsyncIterator[Response]:
        """An answer that is being given, or nothing after `patience_s`. At the end of the block the client leaves."""
        response, left, started = Response(), asyncio.Event(), asyncio.Event()
        scope = self.scope(target, method=method, **headers)
        requests = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if requests:
                return requests.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                response.status = message["status"]
                started.set()
                response.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                response.body += message.get("body", b"")
                if not message.get("more_body", False):
                    response.completed.set()

        task = asyncio.create_task(self._app(scope, receive, send))
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await started.wait()
            yield response
        finally:
            left.set()
            async with asyncio.timeout(5):
                await task
