"""Handles responses that break off: logs one line, and lets the client see that the body is incomplete."""

from typing import Any

from playhead import log
from playhead.db import DatabaseError
from playhead.library.downloads import CUT
from playhead.storage import StorageGone


class UnfinishedResponses:
    """ASGI middleware that catches the loss of the database or the storage in the middle of a response.

    The app then returns without the end of the body, so Hypercorn closes the connection without the last chunk, or
    before the announced length.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request_id = ""

        async def sending(message: Any) -> None:
            nonlocal request_id
            if message["type"] == "http.response.start":
                request_id = dict(message["headers"]).get(b"x-request-id", b"").decode()
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except* (DatabaseError, StorageGone) as broken:
            error = str(_first(broken))
            log.get(__name__).warning("a response broke off", path=scope["path"], request_id=request_id, error=error)
            if scope["http_version"] == "1.0" and (cut := scope["extensions"].get(CUT)):
                cut()  # HTTP/1.0 has no chunks: only a reset differs from the end of the body


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
