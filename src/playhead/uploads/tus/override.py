"""Takes `X-HTTP-Method-Override` for the method of a POST, where a proxy lets neither PATCH nor DELETE through."""

from typing import Any

OVERRIDE = b"x-http-method-override"
METHODS = {b"PATCH": "PATCH", b"DELETE": "DELETE"}
"""No others: a HEAD goes through every proxy, and any other method would get past the rule for unsafe ones."""


class MethodOverride:
    """ASGI middleware.

    Args:
        app: the ASGI app.
        below: the path, with a slash at its end, below which the header counts.
    """

    def __init__(self, app: Any, below: str) -> None:
        self._app, self._below = app, below

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(self._below):
            asked = [value for name, value in scope["headers"] if name.lower() == OVERRIDE]
            if len(asked) == 1 and asked[0] in METHODS:
                scope = {**scope, "method": METHODS[asked[0]]}
        await self._app(scope, receive, send)
