"""Refusals below the framework: ASGI wrappers answer with the same problems as the routes do."""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from playhead.errors import Problem


async def refuse(send: Any, problem: Problem, headers: Mapping[str, str]) -> None:
    """Send a problem as the whole answer to a request."""
    body = msgspec.json.encode(problem.document())
    of_this = {"Content-Length": str(len(body)), "X-Request-Id": secrets.token_hex(6)}
    sent = {"Content-Type": "application/problem+json", **of_this, **headers}
    lines = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": lines})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class Targets:
    """Wraps an ASGI app: gives it the path of each request's target, and answers 400 where there is none.

    A target is a path, or a whole URL when it is sent as to a proxy (RFC 9112, 3.2). Quart 0.23 raises IndexError for
    `?x` and ValueError for `http://[/`, below everything that would log it in one line. WebSockets are refused.
    """

    def __init__(self, app: Any, headers: Mapping[str, str]) -> None:
        """`headers` are those of every answer."""
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":  # not spoken here; HTTP/2 has a way to it of its own (RFC 8441)
            await send({"type": "websocket.close"})
            return
        if scope["type"] == "http" and not scope["path"].startswith("/"):
            path = _path(scope["raw_path"].decode("ascii"))
            if path is None:
                await refuse(send, Problem(400, "invalid", "The request's target is not a path."), self._headers)
                return
            scope = {**scope, "path": path}
        await self._app(scope, receive, send)


def _path(target: str) -> str | None:
    """The path of a whole URL as it came: once it is decoded, nobody can tell where its parts end."""
    try:
        url = urlsplit(target)
    except ValueError:
        return None
    return unquote(url.path) or "/" if url.netloc else None
