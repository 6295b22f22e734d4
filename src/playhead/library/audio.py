"""Answers a player's request for a recording, whole or in part (RFC 9110, section 14)."""

import json
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any

from quart import Response, request
from werkzeug.datastructures import Range

from playhead.errors import Problem
from playhead.library.downloads import CUT, Downloads
from playhead.library.media_types import MediaTypes
from playhead.library.transcripts import disposition
from playhead.sessions.models import Session
from playhead.sessions.status import State
from playhead.storage import Storage

CACHE = "private, max-age=3600, immutable"
"""A recording never changes. An hour is enough for a player that seeks, and is over soon after the person's visit."""


async def answer(storage: Storage, session: Session, downloads: Downloads, media_types: MediaTypes) -> Response:
    """Answers the present request with a session's recording, streamed from storage.

    Raises:
        Problem: 404 `audio_gone`, 409 `still_uploading`, 429 `too_many_downloads`, 503 `busy`.
    """
    if session.status.state is State.UPLOADING and session.audio_deleted_at is None:
        raise Problem(409, "still_uploading", "The recording is not here yet: it is still being uploaded.")
    try:
        size = await storage.size(session.audio_key)
        etag = f'"{session.id}"'
        part = _part(etag)
        span = (0, size) if part is None else part.range_for_length(size)
        if span is None:
            return _unsatisfiable(size)
        start, stop = span
        media_type = await media_types.of(session.audio_key, size)
        body: str | AsyncGenerator[bytes] = ""
        if request.method != "HEAD":
            opening = partial(storage.stream, session.audio_key, start, stop)
            extensions: dict[str, Any] = request.scope.get("extensions") or {}
            body = await downloads.counted(session.owner_id, opening, extensions.get(CUT))
    except FileNotFoundError:
        raise Problem(404, "audio_gone", "The recording no longer exists.") from None
    response = Response(body, status=206 if part else 200, content_type=media_type)
    response.timeout = None  # the server disconnects a client that does not read
    response.headers.update(
        {
            "Accept-Ranges": "bytes",
            "Cache-Control": CACHE,
            "Content-Disposition": disposition("inline", session.filename),
            "Content-Length": str(stop - start),
            "ETag": etag,
            "X-Content-Type-Options": "nosniff",
        }
    )
    if part:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return response


def _part(etag: str) -> Range | None:
    """The requested range; None for the whole recording, also if several ranges or another ETag are requested."""
    requested: Range | None = request.range
    if requested is None or requested.units != "bytes" or len(requested.ranges) != 1:
        return None
    return requested if request.headers.get("If-Range", etag) == etag else None


def _unsatisfiable(size: int) -> Response:
    refused = Problem(416, "range_not_satisfiable", "The recording is shorter than that.")
    response = Response(json.dumps(refused.document()), 416, content_type="application/problem+json")
    response.headers["Content-Range"] = f"bytes */{size}"
    return response
