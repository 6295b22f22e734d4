"""Refuses requests below the framework, with the same problem documents as the routes."""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from playhead.errors import Problem


async def refuse(send: Any, problem: Problem, headers: Mapping[str, str]) -> None:
    """Sends a problem as the response to a request, with these additional headers."""
    body = msgspec.json.encode(problem.document())
    own = {"Content-Length": str(len(body)), "X-Request-Id": secrets.token_hex(6)}
    sent = {"Content-Type": "application/problem+json", **own, **headers}
    lines = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": lines})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class Targets:
    """ASGI middleware that extracts the path from each request's target, and answers 400 if it has none.

    A target is a path, or a whole URL as sent to a proxy (RFC 9112, 3.2). Quart 0.23 raises IndexError for `?x` and
    ValueError for `http://[/`, where no handler of ours would log it. WebSockets are refused.

    Args:
        app: the ASGI app.
        headers: the headers of a refusal.
    """

    def __init__(self, app: Any, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":  # HTTP/2 opens one without an upgrade (RFC 8441)
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
    """The decoded path of a URL that is still encoded: after decoding, its parts could not be separated."""
    try:
        url = urlsplit(target)
    except ValueError:
        return None
    return unquote(url.path) or "/" if url.netloc else None
