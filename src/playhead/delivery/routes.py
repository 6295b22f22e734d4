"""The status routes: the stream, the document for polling, and a probe of the path."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from quart import Blueprint, Response, g, request
from quart_schema import document_response, tag

from playhead.accounts.access import public, signed_in
from playhead.accounts.guards import caller, caller_login
from playhead.accounts.limits import limited
from playhead.delivery import events, poll, takeover
from playhead.delivery.policy import Reason, Transport
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
STREAMABLE = (Reason.FLAG_ON, Reason.DRAINING, Reason.AT_CAPACITY)
"""Reasons that do not speak against this person's streams; against one more now, perhaps, and that is a problem."""
OVERLAP_S = 60.0
"""Clocks of machines differ, and statuses overtake each other: what changed so long before is told again."""
VERSION_MAX = 2**53
POLLS_OF_ONE = "240/minute"
"""Of one session, which near its end is polled 67 times a minute by each tab: three tabs, and a wait or two."""
POLLS = "1500/minute"
"""Of one person: 67 a minute by each of 20 tabs, all of them near their ends, and something to spare."""
PROBE_EVENTS, PROBE_PAUSE_S = 3, 0.5
"""Two events at least 0.5 s apart prove that the path delivers each as it comes; the third is for good measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the routes stand on. `own_status` answers 404 for a session that is not this person's."""

    hub: Hub
    gate: Gate
    transports: Transports
    streams: Streams
    own_status: Callable[[str, str], Awaitable[Status]]
    waits: poll.Waits = field(default_factory=poll.Waits)


def tell_transport(blueprint: Blueprint, transports: Transports) -> None:
    """Let every answer of these routes say how to follow, refusals too: who gets a 503 learns at once how to go on."""

    @blueprint.after_request
    async def tell(response: Response) -> Response:
        if (user := g.get("user")) is not None and TRANSPORT not in response.headers:
            response.headers[TRANSPORT] = transports.decide(user).header
        return response


def routes(delivery: Delivery) -> Blueprint:
    blueprint = Blueprint("status", __name__)

    tell_transport(blueprint, delivery.transports)

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
        if wait_s and _known(status, transport) and _may_wait(delivery, status):
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
        transport = delivery.transports.decide(caller())
        reader = _reader(delivery, status, transport)
        if _nothing_new(status, reader):
            transport = delivery.transports.decide(caller(), final=True)
        if transport.reason not in STREAMABLE:
            return Response(status=204, headers={TRANSPORT: transport.header})
        delivery.transports.admit()
        return takeover.response(partial(delivery.streams.frames, id, reader), {TRANSPORT: transport.header})

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
        transport = delivery.transports.decide(caller())
        if transport.reason not in STREAMABLE:
            return Response(status=204, headers={TRANSPORT: transport.header})
        delivery.transports.admit()
        reader = Reader(**_terms(delivery, transport))
        frames = partial(delivery.streams.frames_of_all, reader, _since(_last_event_id()))
        return takeover.response(frames, {TRANSPORT: transport.header})

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
    return delivery.transports.decide(caller(), final=status.is_final)


async def _next(delivery: Delivery, known: Status, transport: Transport, wait_s: float) -> Status:
    """The next status, or the known one where there is nothing to wait for, or no place to wait.

    Raises:
        Problem: 401, the login ended meanwhile.
    """

    def still_right() -> bool:
        return _may_wait(delivery, known) and _transport(delivery, known) == transport

    with delivery.waits.place(caller().id) as has_place:
        if not has_place:
            return known
        read = delivery.streams.read
        status = await poll.next_status(delivery.hub, read, known, caller().id, wait_s, still_right)
    # A login may have ended before there was anything to be told, or the message of it was lost.
    if await delivery.streams.still_signed_in(caller_login(), caller()) is None:
        raise not_signed_in()
    return status


def _may_wait(delivery: Delivery, status: Status) -> bool:
    user = caller()
    return not status.is_final and delivery.gate.long_poll_allowed(user.id, user.is_admin)


def _reader(delivery: Delivery, status: Status, transport: Transport) -> Reader:
    wanted = request.args.get("segments") == "1" and delivery.transports.words_allowed(caller())
    known = min(_last_event_id(), status.version)  # one from the future would leave the reader without a word
    return Reader(
        # One that is as new as the reader's own is sent again: it costs little and shows that the stream is right.
        after=known - 1,
        segments_from=_count(request.args.get("from")) if wanted else None,
        patches=request.args.get("patches") == "1",
        **_terms(delivery, transport),
    )


def _terms(delivery: Delivery, transport: Transport) -> dict[str, Any]:
    """What holds for a stream of any kind: whose it is, and how it goes."""
    user = caller()
    tuning = delivery.gate.tuning(user.id, user.is_admin)
    return {
        "user": user,
        "login": caller_login(),
        "transport": transport,
        "heartbeat_s": tuning.heartbeat_s,
        "max_age_s": tuning.max_age_s,
    }


def _last_event_id() -> int:
    return _count(request.headers.get("Last-Event-ID") or request.args.get("last_event_id"))


def _since(cursor_ms: int) -> datetime:
    """From when on a session that ended is news; without a cursor, as if it were the present."""
    cursor_s = min(cursor_ms / 1000, time.time()) if cursor_ms else time.time()
    return datetime.fromtimestamp(max(0.0, cursor_s - OVERLAP_S), UTC)


def _nothing_new(status: Status, reader: Reader) -> bool:
    seen_all = reader.segments_from is None or reader.segments_from >= status.segments
    return status.is_final and reader.after + 1 >= status.version and seen_all


def _count(given: str | None) -> int:
    """A version or an index from the client: 0 unless it is a number that can be one."""
    return min(int(given), VERSION_MAX) if given and given.isascii() and given.isdigit() and len(given) < 17 else 0


def _known(status: Status, transport: Transport) -> bool:
    return request.if_none_match.contains_weak(poll.etag(status, transport).strip('"'))


def _document(status: Status, transport: Transport) -> Response:
    headers = {TRANSPORT: transport.header, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
    if (pace_ms := poll.pace_ms(status)) is not None:
        headers["Playhead-Poll-After-Ms"] = str(pace_ms)
    if _known(status, transport):
        response = Response(status=304, headers=headers)
    else:
        response = Response(encode_status(status), content_type="application/json", headers=headers)
    response.headers["ETag"] = poll.etag(status, transport)
    return response


async def _probe(_: takeover.Line | None) -> AsyncGenerator[bytes]:
    for number in range(1, PROBE_EVENTS + 1):
        yield encode(Event(event="probe", data=f'{{"number":{number},"of":{PROBE_EVENTS}}}'))
        if number < PROBE_EVENTS:
            await asyncio.sleep(PROBE_PAUSE_S)
    yield events.goodbye("final", "none")
