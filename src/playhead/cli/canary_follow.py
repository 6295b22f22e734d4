"""Follows a session for a canary: by a stream alone, or by polls alone, each as a page would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import httpx
import msgspec
from httpx_sse import EventSource, ServerSentEvent, SSEError

from playhead.cli.canary_leg import Left, Leg, now_ms
from playhead.cli.follow import POLL_S, WAIT_S, Goodbye
from playhead.live.endpoints import APPLIED, POLL_AFTER, SERVER_TIME, TELEMETRY, TRANSPORT
from playhead.live.policy import Reason

OPENED_MAX = 3
"""Streams that are opened, if the ones before broke or drained."""
SAMPLES = 3
"""Polls at the beginning that show the server's clock."""


class Hello(msgspec.Struct):
    server_time: datetime
    telemetry: str = ""


class Ticket(msgspec.Struct):
    ticket: str
    url: str


async def follow(leg: Leg, http: httpx.AsyncClient) -> Leg:
    """Follows the session to its final status, or as far as it comes; returns the leg, which says how it ended."""
    leg.began_ms = now_ms()
    try:
        async with asyncio.timeout(leg.patience.final_s):
            await (_stream(leg, http) if leg.name == "stream" else _poll(leg, http))
        leg.judge()
    except Left as left:
        leg.left = left
    except TimeoutError:
        leg.left = Left("no_final", f"the final status did not come within {leg.patience.final_s:.0f} s")
    except httpx.TransportError as error:
        leg.left = Left("not_answered", f"it was not answered ({type(error).__name__})")
    except (msgspec.MsgspecError, SSEError, UnicodeError):
        leg.left = Left("refused", "what came is not what a Playhead sends")
    leg.ended_ms = now_ms()
    return leg


async def _stream(leg: Leg, http: httpx.AsyncClient) -> None:
    leg.mode = "stream"
    while leg.opened < OPENED_MAX:
        try:
            if await _one_stream(leg, http):
                return
        except (httpx.TransportError, SSEError):
            if not leg.events:
                raise
        await asyncio.sleep(leg.patience.rest_s)
    raise Left("cut", f"the stream broke {OPENED_MAX} times")


async def _one_stream(leg: Leg, http: httpx.AsyncClient) -> bool:
    """Reads a stream to its end; whether the final status came by it."""
    asked_ms, leg.events = now_ms(), []
    leg.opened += 1
    first = asyncio.timeout(leg.patience.first_s)
    try:
        async with first, _open(leg, http) as response:
            is_503 = response.status_code == httpx.codes.SERVICE_UNAVAILABLE and TRANSPORT in response.headers
            if response.status_code == httpx.codes.NO_CONTENT or is_503:
                return _refused_stream(leg, response)
            _expect_ok(response)
            leg.connect_ms = leg.connect_ms or now_ms() - asked_ms
            leg.protocol, leg.may_stream = response.http_version, True
            async for event in EventSource(response).aiter_sse():
                first.reschedule(None)
                leg.events.append(now_ms())
                leg.first_event_ms = leg.events[0] - asked_ms
                if _take_event(leg, event, asked_ms):
                    return True
    except TimeoutError:
        raise Left("mute", f"the stream delivered nothing within {leg.patience.first_s:.0f} s") from None
    return False


@asynccontextmanager
async def _open(leg: Leg, http: httpx.AsyncClient) -> AsyncIterator[httpx.Response]:
    """Opens a stream, by ticket if the site asks for it. The token goes to the site alone."""
    query = {"last_event_id": str(leg.arrivals[-1].version)} if leg.arrivals else {}
    accept = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
    if not leg.is_by_ticket:
        target = f"sessions/{leg.session_id}/status/stream"
        async with http.stream("GET", target, params=query, headers=accept, timeout=None) as response:
            yield response
        return
    made = await http.post("tickets", json={"session_id": leg.session_id})
    _expect_ok(made)
    ticket = msgspec.json.decode(made.content, type=Ticket)
    query |= {"ticket": ticket.ticket}
    request = http.build_request("GET", ticket.url, params=query, headers=accept, timeout=None)
    request.headers.pop("Authorization", None)
    response = await http.send(request, stream=True)
    try:
        yield response
    finally:
        await response.aclose()


def _refused_stream(leg: Leg, response: httpx.Response) -> bool:
    """Begins again by ticket if that is asked for, or where a process ends. Raises Left: it is not to stream."""
    transport = response.headers.get(TRANSPORT, "")
    if "via=ticket" in transport and not leg.is_by_ticket:
        leg.is_by_ticket = True
        leg.opened -= 1
        return False
    reason = transport.partition("reason=")[2].partition(";")[0] or "unknown"
    if reason == Reason.DRAINING:  # a deploy: another process takes the next stream
        return False
    raise Left(reason, f"this account may not stream now ({reason})", is_allowed=False)


def _take_event(leg: Leg, event: ServerSentEvent, asked_ms: float) -> bool:
    """Notes an event; True once the final status is there. Raises Left: the server sends the reader elsewhere."""
    match event.event:
        case "hello":
            hello = msgspec.json.decode(event.data, type=Hello)
            leg.telemetry = hello.telemetry
            leg.clock.sample(asked_ms, leg.events[-1], hello.server_time.timestamp() * 1000)
        case "status":
            return leg.take(event.data)
        case "goodbye":
            goodbye = msgspec.json.decode(event.data, type=Goodbye)
            if goodbye.next != "stream":
                raise Left(goodbye.reason, f"the server ended the stream ({goodbye.reason})", is_allowed=False)
    return False


async def _poll(leg: Leg, http: httpx.AsyncClient) -> None:
    """Polls to the final status, as a page does that may not stream: held polls where the server holds them."""
    leg.mode, etag, asked = "poll", "", 0
    target = f"sessions/{leg.session_id}/status"
    while True:
        asked += 1
        is_sample = asked <= SAMPLES
        headers = {"If-None-Match": etag} if etag else {}
        if not is_sample or asked == 1:
            headers["Prefer"] = f"wait={WAIT_S}"
        sent_ms = now_ms()
        patience_s = leg.patience.answer_s + (WAIT_S if leg.mode == "wait" else 0)
        response = await http.get(target, headers=headers, params={"n": asked}, timeout=patience_s)
        leg.events.append(now_ms())
        leg.protocol = response.http_version
        if server_time := response.headers.get(SERVER_TIME):
            leg.clock.sample(sent_ms, leg.events[-1], float(server_time))
        leg.telemetry = response.headers.get(TELEMETRY, "")
        leg.may_stream |= response.headers.get(TRANSPORT, "").startswith("stream")
        if response.status_code != httpx.codes.NOT_MODIFIED:
            _expect_ok(response)
            etag = response.headers.get("ETag", "")
            if leg.take(response.content):
                return
        if "Prefer" in headers:
            leg.mode = "wait" if APPLIED in response.headers else "poll"
        if is_sample:
            continue
        after_s = float(response.headers.get(POLL_AFTER, POLL_S * 1000)) / 1000
        leg.poll_after_s = max(leg.poll_after_s, after_s if leg.mode == "poll" else 0.0)
        await asyncio.sleep(leg.patience.rest_s if leg.mode == "wait" else after_s)


def _expect_ok(response: httpx.Response) -> None:
    if not response.is_success:
        raise Left("refused", f"it was answered by {response.status_code} {response.reason_phrase}")
