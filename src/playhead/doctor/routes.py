"""The routes by which a program or a page measures its way to this site, and gets the verdict."""

from collections.abc import Callable
from functools import partial

from quart import Blueprint, Response, request
from quart_schema import document_response, tag, validate_request, validate_response

from playhead.accounts.access import signed_in
from playhead.accounts.limits import limited
from playhead.accounts.models import User
from playhead.adapters.live_quart import current, response
from playhead.doctor.findings import Verdict
from playhead.doctor.measured import Measured, Received
from playhead.doctor.patterns import Pattern
from playhead.doctor.received import received
from playhead.doctor.streams import DoctorStreams
from playhead.doctor.verdict import verdict
from playhead.errors import Problem
from playhead.live.endpoints import STREAM_HEADERS, TRANSPORT, Visitor
from playhead.live.http import Answer
from playhead.openapi_marks import answers, asks

BODY_BYTES = 64 * 1024
"""What a probe measures has 15 KB at most."""
PER_MINUTE = "40/minute"
"""A probe asks for ten streams, and as many other requests."""
EVENTS = """
`probe {number, sent_at}` events, `sent_at` in ms since 1970, then `goodbye`.

- `short`: 8 events, after 0 s, 1 s and then each 0.25 s; less than 1 KB in all.
- `large`: the same, with a `filler` of 9 KB 0.1 s behind the first.
- `long`: after 0 s, 1 s and then each 15 s, for 2 minutes.
- `steady`: each 2.5 s, for 2 minutes.
""".strip()


def routes(streams: DoctorStreams, visitor: Callable[[], Visitor[User]], upload_max_bytes: int) -> Blueprint:
    """Makes the blueprint.

    Args:
        visitor: who sent the present request.
        upload_max_bytes: the largest file that the server takes.
    """
    blueprint = Blueprint("doctor", __name__)

    @blueprint.get("/doctor/stream")
    @signed_in
    @limited(PER_MINUTE, by="user")
    @tag(["doctor"])
    @asks("pattern", "`short`, `large`, `long` or `steady`; `short` if it is left out", type="string")
    @answers(200, EVENTS, "text/event-stream")
    @answers(400, "There is no such pattern.")
    @answers(204, "The kill switch is off, or no flags are known: nobody streams.")
    @answers(503, "This process is full, or this person has as many streams as they may.")
    async def stream() -> Response:
        """Timed events, to find out what the way to this site does to streams. Two at once a person."""
        pattern = request.args.get("pattern", Pattern.SHORT)
        if pattern not in list(Pattern):
            raise Problem(400, "invalid", f"The pattern is none of {', '.join(Pattern)}.")
        who = visitor()
        if (refused := streams.refused(who.person)) is not None:
            return response(Answer(status=204, headers={TRANSPORT: refused.header}))
        frames = partial(streams.frames, who, Pattern(pattern))
        return response(Answer(status=200, headers=STREAM_HEADERS, frames=frames))

    @blueprint.get("/doctor/request")
    @signed_in
    @limited(PER_MINUTE, by="user")
    @tag(["doctor"])
    @validate_response(Received)
    async def get_request() -> Received:
        """What the server received of this request: of most headers only that they are there."""
        return received(current(), upload_max_bytes)

    @blueprint.post("/doctor/verdict")
    @signed_in
    @limited(PER_MINUTE, by="user")
    @tag(["doctor"])
    @validate_request(Measured)
    @document_response(Verdict)
    @answers(413, "What was measured has more than 64 KB.")
    async def judge(data: Measured) -> Verdict:
        """What is wrong with the way that was measured, the likely cause, and what to change. Nothing is stored."""
        return verdict(data)

    @blueprint.before_request
    async def bound() -> None:
        if len(await request.get_data()) > BODY_BYTES:
            raise Problem(413, "too_large", f"What was measured may have {BODY_BYTES} bytes.")

    return blueprint
