"""The routes of statuses: streams, the document for polling, and a probe of the path."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from quart import Blueprint, Response, g, request
from quart_schema import document_response, tag

from playhead.accounts.access import public, signed_in
from playhead.accounts.guards import caller, caller_login
from playhead.accounts.limits import limited
from playhead.delivery import events, poll, takeover
from playhead.delivery.path import ClientPath, client_path
from playhead.delivery.policy import GoodbyeReason, Transport, goodbye
from playhead.delivery.sse import Event, encode
from playhead.delivery.stream import Reader, Streams
from playhead.delivery.transport import Transports
from playhead.errors import not_signed_in
from playhead.flags.answers.gate import Gate
from playhead.hub.hub import Hub
from playhead.openapi_marks import answers, asks
from playhead.sessions.status import Status
from playhead.sessions.status import encode as encode_status

STREAM = """
- `hello {protocol, heartbeat_s, max_age_s, server_time, transport}` at once, then the present status.
- `status`: the whole document, its `version` as the event's id. The newest wins; the last one is final.
- `patch`, if asked for: what changed since the last status on this connection, a JSON merge patch (RFC 7396) of it.
- `segments {from, segments: [{index, start_s, end_s, text}]}`, if asked for; before the status that counts them.
- `heartbeat {server_time, version}` after 1 s, then every `heartbeat_s`.
- `goodbye {reason, next, retry_after_ms}`: the end, and what to do: `none`, `stream` again, `wait` or `poll`. With the
  reason `replaced` a newer stream of the same person has the place of this one: do not open it again by itself.
""".strip()
STREAM_OF_ALL = """
- `hello {protocol, heartbeat_s, max_age_s, server_time, transport}` at once, then the present statuses.
- `status`: the whole document, of the session its `session_id` names. The event's id is a time, not a version. A
  reader that comes back with it gets, too, what ended since; a session that was deleted is told of as canceled.
- `heartbeat {server_time, version}` after 1 s, then every `heartbeat_s`; `version` is null.
- `goodbye {reason, next, retry_after_ms}`: the end, and what to do. It has no `final`: there may be a next session.
  With the reason `replaced` a newer stream of the same person has the place of this one.
""".strip()
TRANSPORT = "Playhead-Transport"
OVERLAP_S = 60.0
"""Seconds before the cursor from which changes are sent again: clocks of machines differ, statuses overtake others."""
VERSION_MAX = 2**53
POLLS_OF_ONE = "240/minute"
"""Of one session: near its end each tab polls 67 times a minute, so this is three tabs and a wait or two."""
POLLS = "1500/minute"
"""Of one person: 67 a minute from each of 20 tabs, all near the end of a session, and a reserve."""
PROBE_EVENTS, PROBE_PAUSE_S = 3, 0.5
"""Two events at least 0.5 s apart prove that the path delivers each as it comes; the third is a reserve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the routes stand on.

    Args:
        own_status: the status of a session; raises Problem 404 where it is not this person's.
        trusted_hops: the number of trusted proxies in front of this process.
    """

    hub: Hub
    gate: Gate
    transports: Transports
    streams: Streams
    own_status: Callable[[str, str], Awaitable[Status]]
    trusted_hops: int = 0
    waits: poll.Waits = field(default_factory=poll.Waits)


def announce_transport(blueprint: Blueprint, transports: Transports, trusted_hops: int) -> None:
    """Set `Playhead-Transport` on every answer of these routes, refusals too: a 503 says at once how to go on."""

    @blueprint.after_request
    async def announce(response: Response) -> Response:
        if (user := g.get("user")) is not None and TRANSPORT not in response.headers:
            response.headers[TRANSPORT] = transports.decide(user, client_path(trusted_hops)).header
        return response


def routes(delivery: Delivery) -> Blueprint:
    blueprint = Blueprint("status", __name__)

    announce_transport(blueprint, delivery.transports, delivery.trusted_hops)

    @blueprint.get("/sessions/<id:id>/status")
    @signed_in
    @limited(POLLS, by="user", each=POLLS_OF_ONE)
    @tag(["status"])
    @asks("If-None-Match", "the `ETag` of the last answer", "header", "string")
    @asks("Prefer", "`wait=N`: hold the answer for a change, 25 s at most", "header", "string")
    @document_response(Status)
    @answers(304, "Nothing has changed.")
    async def get_status(id: str) -> Response:
        """The status of a session: poll it with `If-None-Match`, or wait with `Prefer: wait=20`.

        Ask again after `Playhead-Poll-After-Ms`. `Playhead-Transport` says how this person should follow it.
        """
        status = await delivery.own_status(id, caller().id)
        transport = _transport(delivery, status)
        wait_s = poll.wait_s(request.headers.get("Prefer"))
        if wait_s and _is_current(status, transport) and _may_wait(delivery, status):
            status = await _next(delivery, status, transport, wait_s)
            transport = _transport(delivery, status)
        return _document(status, transport)

    @blueprint.get("/sessions/<id:id>/status/stream")
    @signed_in
    @limited("120/minute", by="user")
    @tag(["status"])
    @asks("segments", "1: also the words, as `segments` events")
    @asks("from", "the first segment wanted")
    @asks("patches", "1: after the first status, only what changed, as `patch` events")
    @asks("last_event_id", "the last version seen, where `Last-Event-ID` cannot be set")
    @answers(200, STREAM, "text/event-stream")
    @answers(204, "Do not stream; `Playhead-Transport` says what to do. It ends an `EventSource` for good.")
    @answers(503, "This process is full, or is going away: poll, or try again after `Retry-After`.")
    async def stream_status(id: str) -> Response:
        """The status of a session as Server-Sent Events, from now to its end."""
        status = await delivery.own_status(id, caller().id)
        after, segments_from = _position(delivery, status)
        path = client_path(delivery.trusted_hops)
        nothing_new = _nothing_new(status, after, segments_from)
        admission = delivery.transports.admit(caller(), path, final=nothing_new)
        headers = {TRANSPORT: admission.transport.header}
        if admission.status != HTTPStatus.OK:
            return Response(status=admission.status, headers=headers)
        reader = Reader(
            after=after,
            segments_from=segments_from,
            patches=request.args.get("patches") == "1",
            **_terms(delivery, path, admission.transport),
        )
        return takeover.response(partial(delivery.streams.frames, id, reader), headers)

    @blueprint.get("/status/stream")
    @signed_in
    @limited("120/minute", by="user")
    @tag(["status"])
    @asks("last_event_id", "the id of the last event seen, where `Last-Event-ID` cannot be set")
    @answers(200, STREAM_OF_ALL, "text/event-stream")
    @answers(204, "Do not stream; `Playhead-Transport` says what to do. It ends an `EventSource` for good.")
    @answers(503, "This process is full, or is going away: poll, or try again after `Retry-After`.")
    async def stream_all() -> Response:
        """The statuses of all sessions of this person that are not final, those to come too, as Server-Sent Events."""
        path = client_path(delivery.trusted_hops)
        admission = delivery.transports.admit(caller(), path)
        headers = {TRANSPORT: admission.transport.header}
        if admission.status != HTTPStatus.OK:
            return Response(status=admission.status, headers=headers)
        reader = Reader(**_terms(delivery, path, admission.transport))
        frames = partial(delivery.streams.frames_of_all, reader, _since(_last_event_id()))
        return takeover.response(frames, headers)

    @blueprint.get("/stream/probe")
    @public("tests the path to this site, with or without an account; tells nothing")
    @limited("30/minute", by="client")
    @tag(["status"])
    @answers(200, "`probe` events half a second apart, then `goodbye`.", "text/event-stream")
    async def probe_stream() -> Response:
        """A few timed events, to see whether the path to this site delivers each as it comes."""
        return takeover.response(_probe)

    return blueprint


def _transport(delivery: Delivery, status: Status) -> Transport:
    return delivery.transports.decide(caller(), client_path(delivery.trusted_hops), final=status.is_final)


async def _next(delivery: Delivery, current: Status, transport: Transport, wait_s: float) -> Status:
    """The next status; the current one after the timeout in seconds, or if there is no place to wait.

    Raises:
        Problem: 401, the login ended meanwhile.
    """

    def still_right() -> bool:
        return _may_wait(delivery, current) and _transport(delivery, current) == transport

    with delivery.waits.slot(caller().id) as has_slot:
        if not has_slot:
            return current
        read = delivery.streams.read
        status = await poll.next_status(delivery.hub, read, current, caller().id, wait_s, still_right)
    # The login may have ended while nothing was sent, or the message about it was lost.
    if await delivery.streams.still_signed_in(caller_login(), caller()) is None:
        raise not_signed_in()
    return status


def _may_wait(delivery: Delivery, status: Status) -> bool:
    user = caller()
    return not status.is_final and delivery.gate.long_poll_allowed(user.id, user.is_admin)


def _position(delivery: Delivery, status: Status) -> tuple[int, int | None]:
    """Where a reader goes on: after which version, and from which segment; None: without segments."""
    wanted = request.args.get("segments") == "1" and delivery.transports.words_allowed(caller())
    last_seen = min(
        _last_event_id(), status.version
    )  # a version above the newest would leave the reader without events
    # A status as new as the reader's own is sent again: it costs little and shows that the stream is right.
    return last_seen - 1, _count(request.args.get("from")) if wanted else None


def _terms(delivery: Delivery, path: ClientPath, transport: Transport) -> dict[str, Any]:
    """The fields of `Reader` that streams of one session and of all have in common."""
    user = caller()
    tuning = delivery.gate.tuning(user.id, user.is_admin)
    return {
        "user": user,
        "login": caller_login(),
        "path": path,
        "transport": transport,
        "heartbeat_s": tuning.heartbeat_s,
        "max_age_s": tuning.max_age_s,
    }


def _last_event_id() -> int:
    return _count(request.headers.get("Last-Event-ID") or request.args.get("last_event_id"))


def _since(cursor_ms: int) -> datetime:
    """The time after which ended sessions are sent; without a cursor, the present time less the overlap."""
    cursor_s = min(cursor_ms / 1000, time.time()) if cursor_ms else time.time()
    return datetime.fromtimestamp(max(0.0, cursor_s - OVERLAP_S), UTC)


def _nothing_new(status: Status, after: int, segments_from: int | None) -> bool:
    """Whether a reader at this position has the final status and all segments that it wants."""
    has_segments = segments_from is None or segments_from >= status.segments
    return status.is_final and after + 1 >= status.version and has_segments


def _count(given: str | None) -> int:
    """Parse a version or an index of the client; 0 if it is not a number or too large."""
    return min(int(given), VERSION_MAX) if given and given.isascii() and given.isdigit() and len(given) < 17 else 0


def _is_current(status: Status, transport: Transport) -> bool:
    return request.if_none_match.contains_weak(poll.etag(status, transport).strip('"'))


def _document(status: Status, transport: Transport) -> Response:
    headers = {TRANSPORT: transport.header, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
    if (poll_delay_ms := poll.poll_delay_ms(status)) is not None:
        headers["Playhead-Poll-After-Ms"] = str(poll_delay_ms)
    if _is_current(status, transport):
        response = Response(status=304, headers=headers)
    else:
        response = Response(encode_status(status), content_type="application/json", headers=headers)
    response.headers["ETag"] = poll.etag(status, transport)
    return response


async def _probe(_: takeover.FrameWriter | None) -> AsyncGenerator[bytes]:
    for number in range(1, PROBE_EVENTS + 1):
        yield encode(Event(event="probe", data=f'{{"number":{number},"of":{PROBE_EVENTS}}}'))
        if number < PROBE_EVENTS:
            await asyncio.sleep(PROBE_PAUSE_S)
    yield events.goodbye(goodbye(GoodbyeReason.FINAL))
