"""Writes answers to an ASGI server."""

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from playhead.live.http import Answer
from playhead.live.takeover import Frames, body_of

T = TypeVar("T")

NO_BODY = frozenset((204, 304))
"""Statuses whose answers have no body, and no length of one (RFC 9110, §8.6)."""


async def write(answer: Answer, scope: Any, receive: Any, send: Any) -> None:
    """Write an answer to the request of this scope. A stream ends at once when its reader leaves."""
    headers = dict(answer.headers)
    if answer.frames is None and answer.status not in NO_BODY:
        headers["Content-Length"] = str(len(answer.body))
    if answer.frames is not None and scope.get("http_version", "1.1").startswith("1"):
        headers["Connection"] = "close"  # a client must not send another request behind a stream
    lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": lines})
    if answer.frames is None or scope["method"] == "HEAD":
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body, "more_body": False})
        return
    await _stream(answer.frames, scope, receive, send)


async def unless_left(work: Coroutine[Any, Any, T], receive: Any) -> T | None:
    """The result of the work; None, and the work is canceled, if the client leaves before."""
    working = asyncio.create_task(work, name="live-answer")
    leaving = asyncio.create_task(_left(receive), name="live-left")
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _stream(frames: Frames, scope: Any, receive: Any, send: Any) -> None:
    """Write frames until they end, or the reader leaves, or it is cut off because it takes nothing.

    The frames are read in a task of their own, because a reader that is cut off is canceled. Then the answer stays
    unfinished, and the server closes the connection.
    """
    writing = asyncio.create_task(_write(frames, scope, send), name="live-stream")
    leaving = asyncio.create_task(_left(receive), name="live-left")
    try:
        await asyncio.wait((writing, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (writing, leaving):
            task.cancel()
        outcomes = await asyncio.gather(writing, leaving, return_exceptions=True)
    if isinstance(outcomes[0], Exception):
        raise outcomes[0]


async def _write(frames: Frames, scope: Any, send: Any) -> None:
    async with aclosing(body_of(frames, scope)) as body:
        async for frame in body:
            await send({"type": "http.response.body", "body": frame, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
