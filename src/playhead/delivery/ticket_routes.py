"""The route by which a page gets a ticket for a stream on the stream origin."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_request, validate_response

from playhead.accounts.access import signed_in_or_canary
from playhead.accounts.guards import caller, caller_login
from playhead.accounts.limits import limited
from playhead.accounts.tickets.tickets import Tickets
from playhead.errors import Problem
from playhead.ids import CANONICAL
from playhead.live.path import StreamOrigin
from playhead.openapi_marks import answers
from playhead.sessions.status import Status


class WantedStream(msgspec.Struct):
    """`session_id`: whose status is to be followed; null: the list of all."""

    session_id: Annotated[str, msgspec.Meta(pattern=f"^{CANONICAL}$", max_length=36)] | None = None


class TicketDocument(msgspec.Struct):
    """`url`: of the stream. The ticket goes into its query, as `ticket`, once and before `expires_at`."""

    ticket: str
    url: str
    expires_at: datetime


def routes(
    tickets: Tickets, origin: StreamOrigin | None, own_status: Callable[[str, str], Awaitable[Status]]
) -> Blueprint:
    """The route.

    Args:
        tickets: the tickets of streams.
        origin: where streams are opened by ticket; None: nowhere.
        own_status: the status of a session; raises Problem 404 where it is not this person's.
    """
    blueprint = Blueprint("tickets", __name__)

    @blueprint.post("/tickets")
    @signed_in_or_canary
    @limited("120/minute", by="user")  # as many as streams
    @tag(["status"])
    @validate_request(WantedStream)
    @validate_response(TicketDocument, 201)
    @answers(404, "`no_stream_origin`: this site has none; or `session_not_found`.")
    @answers(429, "Ten tickets of this person are neither used nor expired.")
    async def create(data: WantedStream) -> tuple[TicketDocument, int]:
        """Get a ticket: a secret for one request within 30 s, for a stream on the stream origin.

        `Playhead-Transport: stream; reason=flag_on; via=ticket` asks for it.
        """
        if origin is None:
            raise Problem(404, "no_stream_origin", "This site has no other address for streams.")
        path = "/status/stream"
        if data.session_id is not None:
            await own_status(data.session_id, caller().id)
            path = f"/sessions/{data.session_id}{path}"
        issued = await tickets.issue(caller().id, caller_login(), data.session_id)
        return TicketDocument(issued.secret, f"{origin.url}/api/v1{path}", issued.expires_at), 201

    return blueprint
