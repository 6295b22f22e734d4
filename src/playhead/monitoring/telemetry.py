"""The route by which pages report how their streams went. A report is trusted for statistics, and for nothing else."""

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from quart import Blueprint, Response, request
from quart_schema import tag, validate_request

from playhead.accounts.access import signed_in
from playhead.accounts.guards import caller
from playhead.accounts.limits import limited
from playhead.adapters.live_quart import current
from playhead.errors import Problem
from playhead.ids import CANONICAL
from playhead.live.path import ClientPath, client_path
from playhead.monitoring.paths.ports import Outcome
from playhead.openapi_marks import answers

BODY_BYTES = 4096
"""A report has less than 400; the rest is for what will be added to it."""
REPORTS = "120/minute"
"""Of one person: 20 tabs send 20 a minute, and one more each when a stream is first proven or found mute."""

Number = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Word = Annotated[str, msgspec.Meta(max_length=32, pattern="^[a-z0-9_./-]*$")]

NotePath = Callable[[ClientPath, str, str, int, Outcome], None]
"""Notes what a page of a person saw of a path: path, person, page, number of the report, outcome. Returns at once."""


class Telemetry(msgspec.Struct):
    """What a page saw since its last report.

    Args:
        page: a random id that the page made for itself.
        seq: counts the reports of the page, from 1. One that is not above the last is ignored.
        transport: how the page gets statuses now, and `reason` why not by a stream.
        protocol: of the connection, as the browser names it.
        first_event_ms: from the request of a stream to its first event.
        proven: streams that delivered two events half a second apart.
        mutes: streams that delivered nothing.
        stalls: streams that delivered nothing any more.
    """

    page: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$", max_length=16)]
    seq: Number
    transport: Literal["stream", "wait", "poll", "none"]
    session_id: Annotated[str, msgspec.Meta(pattern=f"^{CANONICAL}$", max_length=36)] | None = None
    reason: Word | None = None
    protocol: Word = ""
    first_event_ms: Annotated[float, msgspec.Meta(ge=0)] | None = None
    proven: Count = 0
    mutes: Count = 0
    stalls: Count = 0

    @property
    def outcome(self) -> Outcome | None:
        """What it says of the path; None: nothing."""
        if self.mutes or self.stalls:
            return Outcome.MUTED
        return Outcome.PROVEN if self.proven else None


def routes(note_path: NotePath) -> Blueprint:
    """Makes the blueprint."""
    blueprint = Blueprint("telemetry", __name__)

    @blueprint.before_request
    async def bound() -> None:
        if len(await request.get_data()) > BODY_BYTES:
            raise Problem(413, "too_large", f"A report may have {BODY_BYTES} bytes.")

    @blueprint.post("/telemetry")
    @signed_in
    @limited(REPORTS, by="user")
    @tag(["status"])
    @validate_request(Telemetry)
    @answers(202, "It is noted.")
    @answers(413, "The report has more than 4 KB.")
    async def report(data: Telemetry) -> Response:
        """Report how the streams of a page went, so that a path that holds streams back is found."""
        if (outcome := data.outcome) is not None:
            note_path(client_path(current()), caller().id, data.page, data.seq, outcome)
        return Response(b"", status=202)

    return blueprint
