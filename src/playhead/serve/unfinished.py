"""Ends answers that break off: one line in the log, and a client that can see that something is missing."""

from typing import Any

from playhead import log
from playhead.db import DatabaseError
from playhead.library.downloads import CUT
from playhead.storage import StorageGone


class Unfinished:
    """Wraps an ASGI app whose answers may break off when the database or the storage goes away in the middle.

    An app that returns without the last piece of a body has not finished it: Hypercorn ends the connection without the
    last chunk or before the length that was announced.
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
            log.get(__name__).warning("an answer broke off", path=scope["path"], request_id=request_id, error=error)
            if scope["http_version"] == "1.0" and (cut := scope["extensions"].get(CUT)):
                cut()  # it has no chunks: only a reset differs from the end of the body


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
