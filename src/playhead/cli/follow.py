"""Follows a session to its end: by its stream while that works, else by polling (CONTRACT.md, §3 to §6)."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

import httpx
import msgspec
from httpx_sse import ServerSentEvent, SSEError, aconnect_sse

from playhead.cli.server import Status, refuse
from playhead.errors import Problem

MUTE_HEARTBEATS = 2.5
"""Heartbeats without one received after which a connection is dead."""
STREAMS_LOST = 3
"""Broken streams after which only polling is used."""
WAIT_S = 20
"""How long the server may hold a long poll."""
POLL_S = 3.0
"""Between two polls, if the server names no time."""
PAUSE_MAX_S = 8.0
BUSY = frozenset({429, 502, 503, 504})
"""Statuses after which the request is repeated later: of the server, or of a proxy while the server restarts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long a server may be silent, and how soon a request is repeated."""

    first_event_s: float = 6.0
    """The longest wait for a stream's first event. The server sends it at once: a proxy holds back what comes later."""
    lost_s: float = 60.0
    """The longest time without any response: a deploy or a restart takes less."""
    upload_lost_s: float = 12 * 3600.0
    """The same of an upload that was begun, from the last byte that arrived: a night without a network."""
    watch_s: float = POLL_S
    """Between two looks at what arrived of a chunk that is under way."""
    pause_s: float = 0.5
    """The pause after the first failure; doubled after each further one, up to `PAUSE_MAX_S`."""


class Step(Enum):
    """The next request."""

    STREAM = auto()
    POLL = auto()
    WAIT = auto()


class Unreachable(Exception):
    """The server did not answer for `lost_s`."""


class Hello(msgspec.Struct):
    heartbeat_s: float


class Goodbye(msgspec.Struct):
    reason: str
    next: str
    retry_after_ms: int = 0


class Follower:
    """Follows one session; calls `show` once with each newer status."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        session_id: str,
        show: Callable[[Status], None],
        timings: Timings = Timings(),
        newest: Status | None = None,
    ) -> None:
        """`newest`: a status that was shown already; those before it are of another attempt."""
        self._http = http
        self._url = f"sessions/{session_id}/status"
        self._show = show
        self._timings = timings
        self._newest = newest
        self._etag = ""
        self._heartbeat_s = timings.first_event_s / MUTE_HEARTBEATS
        self._streams_lost = 0
        self._may_wait = True
        self._unanswered_since: float | None = None
        self._pause_s = timings.pause_s

    async def follow(self) -> Status:
        """Follow the session, and return its final status.

        Raises:
            Problem: the server refuses; for example, the token was deleted.
            Unreachable: it does not answer any more.
        """
        step = Step.STREAM
        while True:
            step = await (self._stream() if step is Step.STREAM else self._poll(step))
            if self._newest is not None and self._newest.is_final:
                return self._newest

    async def _stream(self) -> Step:
        headers = {"Last-Event-ID": str(self._newest.version)} if self._newest else {}
        clock = asyncio.timeout(self._timings.first_event_s)
        try:
            async with (
                clock,
                aconnect_sse(self._http, "GET", f"{self._url}/stream", headers=headers, timeout=None) as source,
            ):
                if source.response.status_code == httpx.codes.NO_CONTENT:
                    self._streams_lost += 1
                    return Step.POLL
                if source.response.status_code not in BUSY:
                    await refuse(source.response)
                async for event in source.aiter_sse():
                    goodbye = self._take(event)
                    if goodbye is not None:
                        return await self._leave(goodbye)
                    clock.reschedule(asyncio.get_running_loop().time() + self._heartbeat_s * MUTE_HEARTBEATS)
        except TimeoutError:
            self._streams_lost = STREAMS_LOST  # held back by a proxy, as the next one would be
        except (httpx.TransportError, SSEError):
            self._streams_lost += 1
        return Step.POLL

    def _take(self, event: ServerSentEvent) -> Goodbye | None:
        if event.event == "hello":
            self._heartbeat_s = msgspec.json.decode(event.data, type=Hello).heartbeat_s
        elif event.event == "status":
            self._show_newer(event.data)
        elif event.event == "goodbye":
            return msgspec.json.decode(event.data, type=Goodbye)
        return None

    async def _leave(self, goodbye: Goodbye) -> Step:
        if goodbye.reason == "signed_out":
            raise Problem(401, goodbye.reason, "The token does not hold any more; the session goes on.")
        if goodbye.reason == "replaced":
            self._streams_lost = STREAMS_LOST  # by another stream of this user: the two would replace each other
        if self._newest is None or not self._newest.is_final:
            await asyncio.sleep(goodbye.retry_after_ms / 1000)
        return Step.STREAM if goodbye.next == "stream" else Step.POLL

    async def _poll(self, step: Step) -> Step:
        headers = {"If-None-Match": self._etag} if self._etag else {}
        if step is Step.WAIT:
            headers["Prefer"] = f"wait={WAIT_S}"
        try:
            response = await self._http.get(self._url, headers=headers)
        except httpx.TransportError:
            return await self._later()
        if response.status_code in BUSY:
            return await self._later(response.headers.get("Retry-After", ""))
        self._unanswered_since, self._pause_s = None, self._timings.pause_s
        if response.status_code != httpx.codes.NOT_MODIFIED:
            await refuse(response)
            self._etag = response.headers.get("ETag", "")
            self._show_newer(response.content)
        transport = response.headers.get("Playhead-Transport", "poll")
        mode = transport.partition(";")[0]
        if "via=ticket" in transport:
            # Tickets are for pages. A long poll comes through where streams do not, and is as live, if it is allowed.
            if step is Step.WAIT and "Preference-Applied" not in response.headers:
                self._may_wait = False
            mode = "wait" if self._may_wait else "poll"
        if mode == "stream" and self._streams_lost < STREAMS_LOST:
            return Step.STREAM
        if mode == "wait":
            return Step.WAIT
        if self._newest is None or not self._newest.is_final:
            await asyncio.sleep(float(response.headers.get("Playhead-Poll-After-Ms", POLL_S * 1000)) / 1000)
        return Step.POLL

    async def _later(self, retry_after: str = "") -> Step:
        """Pause, longer each time and with jitter. Raises Unreachable after `lost_s` without a response."""
        now = asyncio.get_running_loop().time()
        self._unanswered_since = self._unanswered_since or now
        if now - self._unanswered_since > self._timings.lost_s:
            raise Unreachable
        asked_s = float(retry_after) if retry_after.isdigit() else 0.0
        await asyncio.sleep(max(asked_s, self._pause_s * random.uniform(0.5, 1)))  # noqa: S311 - not a secret
        self._pause_s = min(self._pause_s * 2, PAUSE_MAX_S)
        return Step.POLL

    def _show_newer(self, document: str | bytes) -> None:
        status = msgspec.json.decode(document, type=Status)
        if self._newest is None or status.version > self._newest.version:
            self._newest = status
            self._show(status)
