"""The routes of tus: begin an upload, ask how far it is, append to it, end it."""

import contextlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeVar

from quart import Blueprint, Response, request
from quart_schema import tag

from playhead.accounts.access import signed_in
from playhead.accounts.guards import caller
from playhead.accounts.limits import client_address, limited
from playhead.db import DatabaseError
from playhead.errors import Problem
from playhead.live.clock import now
from playhead.openapi_marks import answers, asks
from playhead.sessions.models import Session
from playhead.sessions.uploading import is_upload, noted_at
from playhead.sessions.wire import PREFIX
from playhead.tracing.ports import BeginUpload, no_upload
from playhead.uploads.body_guard import meter_of
from playhead.uploads.counts import CountedBody, counted_refusals
from playhead.uploads.tus import protocol
from playhead.uploads.tus.append import beyond_length
from playhead.uploads.tus.incoming import NO_RECORDING, Body, Incoming
from playhead.uploads.tus.protocol import CONTENT_TYPE, EXTENSIONS, VERSION

View = TypeVar("View", bound=Callable[..., Any])
ROUTE = f"{PREFIX}/uploads"


def _described(view: View) -> View:
    """What every route has: the version that is spoken, and the refusal of any other."""
    version = asks("Tus-Resumable", f"The version of the protocol, `{VERSION}`.", "header", "string")
    return version(answers(412, "The version is another one; `Tus-Version` names it.")(view))


def _takes_bytes(view: View) -> View:
    """What the routes have that store bytes."""
    for status, why in (
        (408, "Nothing came for a minute, or next to nothing. What came is kept."),
        (409, "`wrong_offset`: other bytes are stored. `upload_superseded`: another request has begun to append."),
        (413, "More than the length that was said, or than a file may have."),
        (415, "It is not a recording, and is deleted; or the body's type is not that of tus."),
        (423, "The request before has not ended yet: try again."),
        (503, "Too many uploads just now, no storage, or a restart: go on after `Retry-After`."),
        (507, "There is no room left for recordings."),
    ):
        view = answers(status, why)(view)
    return view


def routes(
    incoming: Incoming,
    *,
    keep_hours: float,
    trusted_hops: int = 0,
    traced: BeginUpload = no_upload,
    models: Sequence[str] = (),
) -> Blueprint:
    """Makes the blueprint.

    Args:
        keep_hours: after so many hours without a byte an upload is deleted.
        traced: records requests that begin one.
        models: the names of those that may be chosen.
    """
    blueprint, max_bytes = Blueprint("tus", __name__), incoming.slots.limits.max_bytes
    keep = timedelta(hours=keep_hours)

    @blueprint.before_request
    async def check_version() -> None:
        if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != VERSION:
            raise Problem(412, "wrong_tus_version", f"Uploads are taken by tus {VERSION}: send Tus-Resumable.")

    @blueprint.after_request
    async def add_version(response: Response) -> Response:
        response.headers["Tus-Resumable"] = VERSION
        if request.method == "OPTIONS" or response.status_code == HTTPStatus.PRECONDITION_FAILED:
            response.headers["Tus-Version"] = VERSION
        if request.method == "OPTIONS":
            response.status_code = HTTPStatus.NO_CONTENT
            response.headers.update({"Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(max_bytes)})
        return response

    @blueprint.post("/uploads")
    @signed_in
    @limited("600/hour", by="user")  # as `POST /sessions`
    @tag(["uploads"])
    @_described
    @asks("Upload-Length", "The length of the file in bytes.", "header", "string")
    @asks("Upload-Metadata", "`filename`, `language`, `model`, `track`, `channels`, in base64.", "header", "string")
    @answers(201, "The upload is begun: `Location`, `Playhead-Session`, `Upload-Expires`, with a body `Upload-Offset`.")
    @answers(400, "A header is wrong, or the file is empty.")
    @answers(403, "It would take more than the person's quota of bytes, or today's hours are used up.")
    @_takes_bytes
    async def begin_upload() -> Response:
        """Begin an upload by tus 1.0 with its length and its metadata; a body is its first bytes.

        It is a session in the state `uploading`, which can be followed as any other.
        """
        has_bytes = _has_bytes()
        traceparent = request.headers.get("traceparent", "")
        with traced(ROUTE, traceparent) as trace_id, counted_refusals(incoming.metrics):
            asked = protocol.creation_of(request.headers, max_bytes, models)
            if has_bytes and (request.content_length or 0) > asked.length:
                raise beyond_length(asked.length)
            session = await incoming.begin(asked, caller().id, trace_id)
        response = Response("", 201)
        response.headers["Location"] = f"{ROUTE}/{session.id}"
        response.headers["Playhead-Session"] = session.id
        stored = 0
        if has_bytes:
            stored = await _begun_with(session)
            response.headers["Upload-Offset"] = str(stored)
        _add_expiry(response, session, stored)
        return response

    @blueprint.route("/uploads/<id:id>", methods=["HEAD"])
    @signed_in
    @limited("600/minute", by="user")
    @tag(["uploads"])
    @_described
    @answers(
        200, "`Upload-Offset`, `Upload-Length`, `Upload-Metadata` and, of one that is not whole, `Upload-Expires`."
    )
    @answers(410, "It was canceled.")
    @answers(423, "The request that appends has not ended yet: try again.")
    @answers(429, "More than 600 per 1 minute; or it is whole, and as many files wait as may.")
    async def read_offset(id: str) -> Response:
        """Ask how many bytes of an upload are stored. It ends the request that may still append to it.

        By a token that may only read it ends nothing.
        """
        session = await incoming.session(id, caller().id)
        stored = await incoming.stored(session, may_change=caller().may_change)
        response = Response("", 200)
        response.headers["Upload-Offset"] = str(stored)
        response.headers["Upload-Length"] = str(session.size_bytes)
        response.headers["Upload-Metadata"] = protocol.metadata_header(session)
        if is_upload(session) and stored < session.size_bytes:
            response.headers["Upload-Expires"] = protocol.expires(noted_at(session) + keep)
        return response

    @blueprint.patch("/uploads/<id:id>")
    @signed_in
    # For programs gone wild: chunks of 1 MiB come as often at 80 Mbit/s, and slots bound how many files do so at once.
    @limited("1800/minute", by="user", each="600/minute")
    @tag(["uploads"])
    @_described
    @asks("Upload-Offset", "How many bytes are stored, after which those of the body follow.", "header", "string")
    @answers(204, "The bytes are stored, up to `Upload-Offset`.")
    @answers(400, "A header is wrong.")
    @answers(410, "It was canceled.")
    @_takes_bytes
    async def append_to_upload(id: str) -> Response:
        """Append to an upload. What came is kept also if the request is cut off; the last byte queues the session."""
        _require_content_type()
        offset = protocol.number_of(request.headers, "Upload-Offset")
        session = await incoming.session(id, caller().id)
        stored = await incoming.append(session, offset, _body())
        response = Response("", 204)
        response.headers["Upload-Offset"] = str(stored)
        _add_expiry(response, session, stored)
        return response

    @blueprint.delete("/uploads/<id:id>")
    @signed_in
    @limited("240/minute", by="user")
    @tag(["uploads"])
    @_described
    @answers(204, "It is deleted.")
    async def delete_upload(id: str) -> Response:
        """End an upload: its session is deleted, with what is stored of it."""
        await incoming.delete(id, caller().id)
        return Response("", 204)

    def _body() -> Body:
        return Body(
            pieces=CountedBody(request.body, incoming.metrics),
            meter=meter_of(request.scope),
            declared=request.content_length,
            address=client_address(trusted_hops),
        )

    async def _begun_with(session: Session) -> int:
        """Appends the first bytes; returns how many are stored. Whatever stops them, the upload goes on by `PATCH`.

        Raises:
            Problem: 415 `unsupported_media`, the session is deleted.
        """
        try:
            return await incoming.append(session, 0, _body())
        except Problem as refusal:
            if refusal.code == NO_RECORDING:
                raise
        except (OSError, DatabaseError):
            pass
        with contextlib.suppress(OSError):
            return await incoming.recordings.stored(session.audio_key)
        return 0

    def _add_expiry(response: Response, session: Session, stored: int) -> None:
        if is_upload(session) and stored < session.size_bytes:
            response.headers["Upload-Expires"] = protocol.expires(now() + keep)

    return blueprint


def _has_bytes() -> bool:
    """Whether the request brings the first bytes of an upload. Raises Problem 415."""
    if request.content_length:
        _require_content_type()
    return request.mimetype == CONTENT_TYPE


def _require_content_type() -> None:
    if request.mimetype != CONTENT_TYPE:
        raise Problem(415, "wrong_content_type", f"The body has to be of the type {CONTENT_TYPE}.")
