"""Upload: a file comes in, a queued session goes out."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from quart import Blueprint, request
from quart_schema import DataSource, document_request, tag, validate_response

from playhead.accounts.access import signed_in
from playhead.accounts.guards import caller
from playhead.accounts.limits import client_address, limited
from playhead.ids import new_id
from playhead.metrics.metrics import Metrics
from playhead.openapi_marks import answers
from playhead.sessions.commands import Commands
from playhead.sessions.models import NewSession, Session
from playhead.sessions.wire import PREFIX, SessionDocument, document
from playhead.storage import Storage
from playhead.tracing.ports import BeginUpload, no_upload
from playhead.uploads.body_guard import FORM_OVERHEAD_BYTES, meter_of
from playhead.uploads.counts import CountedBody, counted
from playhead.uploads.limits import Limits
from playhead.uploads.options import Track
from playhead.uploads.orphans import key_of
from playhead.uploads.receive import receive
from playhead.uploads.slots import UploadSlots

ROUTE = f"{PREFIX}/sessions"


class Upload(msgspec.Struct):
    """`language` is a code such as `en`, or `auto`; `model` one of `GET /me`; `track` counts from 1.

    The last two are for recordings with several tracks or channels: by default it is found out where speech is.
    """

    file: Annotated[str, msgspec.Meta(extra_json_schema={"format": "binary"})]
    language: str = "auto"
    model: str = "auto"
    track: Track | Literal["all", "auto"] = "auto"
    channels: Literal["mix", "each", "auto"] = "auto"


def routes(
    storage: Storage,
    commands: Commands,
    limits: Limits,
    *,
    trusted_hops: int = 0,
    metrics: Metrics | None = None,
    traced: BeginUpload = no_upload,
    models: Sequence[str] = (),
    slots: UploadSlots | None = None,
) -> Blueprint:
    """Makes the blueprint.

    Args:
        traced: records uploads.
        models: the names of those that may be chosen.
        slots: the process's, if it has other uploads, too.
    """
    blueprint, counts = Blueprint("uploads", __name__), metrics or Metrics()
    entries: set[asyncio.Task[Session]] = set()
    slots = slots or UploadSlots(limits)

    @blueprint.post("/sessions")
    @signed_in
    @limited("600/hour", by="user")  # for programs gone wild: quotas bound bytes, hours and how many wait
    @tag(["sessions"])
    @document_request(Upload, source=DataSource.FORM_MULTIPART)
    @validate_response(SessionDocument, 201)
    @answers(403, "It would take more than the person's quota of bytes, or today's hours are used up.")
    @answers(408, "Nothing came for a minute, or next to nothing, or the file took longer than an upload may.")
    @answers(413, "The file is too large.")
    @answers(415, "It is not a recording.")
    @answers(503, "Too many uploads just now, also for one under way, or no storage: try again after `Retry-After`.")
    @answers(507, "There is no room left for recordings.")
    async def upload() -> tuple[SessionDocument, int, dict[str, str]]:
        """Send a recording as multipart/form-data: `file`, `language` if it is known, and more options.

        The answer is the queued session: follow `links.stream`, or poll `links.status`.
        """
        session_id = new_id()
        key = key_of(session_id)
        content_type = request.headers.get("Content-Type", "")
        with traced(ROUTE, request.headers.get("traceparent", "")) as trace_id, counted(counts):
            await commands.check_admission(caller().id, max(0, (request.content_length or 0) - FORM_OVERHEAD_BYTES))
            with slots.hold(caller().id, client_address(trusted_hops)) as slot:
                body = CountedBody(request.body, counts)
                received = await receive(body, content_type, meter_of(request.scope), storage, key, slot, models)
            # Not the request's to cancel: a client that leaves now finds its session in the list.
            entry = asyncio.ensure_future(
                commands.create(
                    NewSession(
                        id=session_id,
                        owner_id=caller().id,
                        filename=received.filename,
                        size_bytes=received.size_bytes,
                        audio_key=key,
                        options=received.options,
                        trace_id=trace_id,
                    )
                )
            )
            entries.add(entry)
            entry.add_done_callback(entries.discard)
            made = document(await asyncio.shield(entry))
        return made, 201, {"Location": made.links.itself}

    return blueprint
