"""The routes of statuses: the live kernel's endpoints behind the guards, limits and descriptions of this app."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

import msgspec
from quart import Blueprint, Response, g, request
from quart_schema import document_response, tag

from playhead import log
from playhead.accounts.access import public, signed_in, signed_in_or_ticket
from playhead.accounts.guards import SignedInAs, caller, caller_login
from playhead.accounts.limits import limited
from playhead.accounts.models import Credential, User
from playhead.adapters.live_quart import current, response
from playhead.db import DatabaseError
from playhead.delivery.cross_origin import allow_page
from playhead.delivery.gate import FlagsGate
from playhead.delivery.words import ReadSegments, Words
from playhead.live.endpoints import TRANSPORT, Endpoints, Visitor, count
from playhead.live.path import ClientPath
from playhead.openapi_marks import answers, asks
from playhead.sessions.status import Status

STREAM = """
- `hello {protocol, heartbeat_s, max_age_s, server_time, transport, telemetry?}` at once, then the present status.
- `status`: the whole document, its `version` as the event's id. The newest wins; the last one is final.
- `patch`, if asked for: what changed since the last status on this connection, a JSON merge patch (RFC 7396) of it.
- `segments {revision, from, segments: [{index, start_s, end_s, text, revision, channel?}]}`, if asked for; before the
  status that counts them. Those of a new revision come from its first one on.
- `heartbeat {server_time, version}` after 1 s, then every `heartbeat_s`; the second up to half of it earlier.
- `goodbye {reason, next, retry_after_ms}`: the end, and what to do: `none`, `stream` again, `wait` or `poll`. With the
  reason `replaced` a newer stream of the same person has the place of this one: do not open it again by itself.
""".strip()
STREAM_OF_ALL = """
- `hello {protocol, heartbeat_s, max_age_s, server_time, transport, telemetry?}` at once, then the present statuses.
- `status`: the whole document, of the session its `session_id` names. The event's id is a time, not a version. A
  reader that comes back with it gets, too, what ended since; a session that was deleted is told of as canceled.
- `heartbeat {server_time, version}` after 1 s, then every `heartbeat_s`; the second up to half of it earlier.
  `version` is null.
- `goodbye {reason, next, retry_after_ms}`: the end, and what to do. It has no `final`: there may be a next session.
  With the reason `replaced` a newer stream of the same person has the place of this one.
""".strip()
WAIT = "`wait=N`: hold the answer for a change, 25 s at most; `Preference-Applied` says that waiting is allowed"
TICKET = "in place of a login: of `POST /tickets`, for one request"
TICKET_REFUSED = "`ticket_refused`: the ticket was used, has expired, or is for something else: ask for another."
POLLS_OF_ONE = "240/minute"
"""Of one session: near its end each tab polls 67 times a minute, so this is three tabs and a wait or two."""
POLLS = "1500/minute"
"""Of one person: 67 a minute from each of 20 tabs, all near the end of a session, and a reserve."""


class Statuses(msgspec.Struct):
    """The statuses of a person's sessions. `cursor`: from which the next request goes on, as its `after`."""

    cursor: str
    statuses: list[Status]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the routes stand on.

    Args:
        own_status: the status of a session; raises Problem 404 where it is not this person's.
    """

    endpoints: Endpoints[Status, User]
    gate: FlagsGate
    own_status: Callable[[str, str], Awaitable[Status]]
    read_segments: ReadSegments
    signed_in_as: SignedInAs

    def visitor(self) -> Visitor[User]:
        """Who sent the present request."""
        return self.visitor_of(caller(), caller_login(), self.path())

    def visitor_of(self, person: User, login: Credential, path: ClientPath | None = None) -> Visitor[User]:
        """The visitor who is signed in as this person by this login. `path`: None: as the request says."""
        return Visitor(person, partial(self._still_signed_in, login), path)

    def path(self) -> ClientPath | None:
        """The path of the present request: to the stream origin, if it has a ticket; None: as the request says."""
        origin = self.endpoints.transports.stream_origin
        return origin.path if origin is not None and g.get("by_ticket") else None

    def words(self, query: Mapping[str, str], person: User) -> Words | None:
        """The words that a query asks for, if this person may have them."""
        if query.get("segments") != "1" or not self.gate.may_have_words(person):
            return None
        revision = query.get("revision")
        return Words(
            self.read_segments,
            count(query.get("from")),
            self.gate.may_have_words,
            count(revision) if revision else None,
        )

    async def _still_signed_in(self, login: Credential, last: User) -> User | None:
        """The person as stored now, None if the login ended. If that cannot be read, `last`, until the next call."""
        try:
            return await self.signed_in_as(login)
        except DatabaseError as error:
            log.get(__name__).warning("logins cannot be read", error=str(error))
            return last


def announce_transport(blueprint: Blueprint, delivery: Delivery) -> None:
    """Set `Playhead-Transport` on every answer of these routes, refusals too: a 503 says at once how to go on."""

    @blueprint.after_request
    async def announce(response: Response) -> Response:
        if (user := g.get("user")) is not None and TRANSPORT not in response.headers:
            response.headers[TRANSPORT] = delivery.endpoints.transport(current(), user, path=delivery.path()).header
        return response


def routes(delivery: Delivery, page_origin: str = "") -> Blueprint:
    """The routes. `page_origin`: of the page that may open streams by ticket from another origin; empty: none may."""
    blueprint = Blueprint("status", __name__)
    endpoints = delivery.endpoints

    announce_transport(blueprint, delivery)
    if page_origin:
        allow_page(blueprint, page_origin)

    @blueprint.get("/sessions/<id:id>/status")
    @signed_in
    @limited(POLLS, by="user", each=POLLS_OF_ONE)
    @tag(["status"])
    @asks("If-None-Match", "the `ETag` of the last answer", "header", "string")
    @asks("Prefer", WAIT, "header", "string")
    @document_response(Status)
    @answers(304, "Nothing has changed.")
    async def get_status(id: str) -> Response:
        """The status of a session: poll it with `If-None-Match`, or wait with `Prefer: wait=20`.

        Ask again after `Playhead-Poll-After-Ms`. `Playhead-Transport` says how this person should follow it.
        """
        status = await delivery.own_status(id, caller().id)
        return response(await endpoints.status(current(), delivery.visitor(), status))

    @blueprint.get("/status")
    @signed_in
    @limited(POLLS, by="user")
    @tag(["status"])
    @asks("after", "the `cursor` of the last answer", type="string")
    @asks("If-None-Match", "the `ETag` of the last answer", "header", "string")
    @asks("Prefer", WAIT, "header", "string")
    @document_response(Statuses)
    @answers(304, "Nothing has changed.")
    async def get_all() -> Response:
        """The statuses of all sessions of this person that are not final, and of those that changed since `after`.

        Poll it with `If-None-Match`, or wait with `Prefer: wait=20` for a change of any of them, or a new one. A
        session that was in the last answer, not final, and is not in this one, was deleted.
        """
        return response(await endpoints.status_all(current(), delivery.visitor()))

    @blueprint.get("/sessions/<id:id>/status/stream")
    @signed_in_or_ticket
    @limited("120/minute", by="user")
    @tag(["status"])
    @asks("segments", "1: also the words, as `segments` events")
    @asks("from", "the first segment wanted, in `revision`; of another one they come from the first on")
    @asks("revision", "the revision of the segments that the reader has")
    @asks("patches", "1: after the first status, only what changed, as `patch` events")
    @asks("last_event_id", "the last version seen, where `Last-Event-ID` cannot be set")
    @asks("ticket", TICKET, type="string")
    @answers(200, STREAM, "text/event-stream")
    @answers(204, "Do not stream; `Playhead-Transport` says what to do. It ends an `EventSource` for good.")
    @answers(401, TICKET_REFUSED)
    @answers(503, "This process is full, or is going away: poll, or try again after `Retry-After`.")
    async def stream_status(id: str) -> Response:
        """The status of a session as Server-Sent Events, from now to its end."""
        status = await delivery.own_status(id, caller().id)
        words = delivery.words(request.args, caller())
        return response(await endpoints.stream(current(), delivery.visitor(), status, words))

    @blueprint.get("/status/stream")
    @signed_in_or_ticket
    @limited("120/minute", by="user")
    @tag(["status"])
    @asks("last_event_id", "the id of the last event seen, where `Last-Event-ID` cannot be set")
    @asks("ticket", TICKET, type="string")
    @answers(200, STREAM_OF_ALL, "text/event-stream")
    @answers(204, "Do not stream; `Playhead-Transport` says what to do. It ends an `EventSource` for good.")
    @answers(401, TICKET_REFUSED)
    @answers(503, "This process is full, or is going away: poll, or try again after `Retry-After`.")
    async def stream_all() -> Response:
        """The statuses of all sessions of this person that are not final, those to come too, as Server-Sent Events."""
        return response(await endpoints.stream_all(current(), delivery.visitor()))

    @blueprint.get("/stream/probe")
    @public("tests the path to this site, with or without an account; tells nothing")
    @limited("30/minute", by="client")
    @tag(["status"])
    @answers(200, "`probe` events half a second apart, then `goodbye`.", "text/event-stream")
    async def probe_stream() -> Response:
        """A few timed events, to see whether the path to this site delivers each as it comes."""
        return response(endpoints.probe())

    return blueprint
