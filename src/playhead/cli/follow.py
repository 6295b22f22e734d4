"""Follow a session to its end: streamed while that works, polled where it does not (`contract` §3 to §6)."""

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

MUTE_BEATS = 2.5
"""So many heartbeats missing mean a dead connection."""
STREAMS_LOST = 3
"""After so many broken streams the path is not worth another try."""
WAIT_S = 20
POLL_S = 3.0
"""Used only if the server does not say when to come again."""
PAUSE_MAX_S = 8.0
BUSY = frozenset({429, 502, 503, 504})
"""Answers that mean `later`, of the server or of a proxy while it restarts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long a server may be silent, and how soon it is asked again."""

    first_event_s: float = 6.0
    """A stream that says nothing for so long is held up on its way: the server greets at once."""
    lost_s: float = 60.0
    """A deploy or a restart is over by then."""
    pause_s: float = 0.5
    """After the first failure; doubled up to `PAUSE_MAX_S` for each further one."""


class Step(Enum):
    """What to do next."""

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
    """One session's reader; `show` gets each newer status once."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        session_id: str,
        show: Callable[[Status], None],
        timings: Timings = Timings(),
    ) -> None:
        self._http = http
        self._url = f"sessions/{session_id}/status"
        self._show = show
        self._timings = timings
        self._newest: Status | None = None
        self._etag = ""
        self._beat_s = timings.first_event_s / MUTE_BEATS
        self._streams_lost = 0
        self._unanswered_since: float | None = None
        self._pause_s = timings.pause_s

    async def follow(self) -> Status:
        """The final status.

        Raises:
            Problem: the server refuses; for example the token was taken back.
            Unreachable: it does not answer any more.
        """
        step = Step.STREAM
        while True:
            step = await (self._stream() if step is Step.STREAM else self._poll(step))
            if self._newest is not None and self._newest.is_final:
                return self._newest

    async def _stream(self) -> Step:
        known = {"Last-Event-ID": str(self._newest.version)} if self._newest else {}
        clock = asyncio.timeout(self._timings.first_event_s)
        try:
            async with (
                clock,
                aconnect_sse(self._http, "GET", f"{self._url}/stream", headers=known, timeout=None) as source,
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
                    clock.reschedule(asyncio.get_running_loop().time() + self._beat_s * MUTE_BEATS)
        except TimeoutError:
            self._streams_lost = STREAMS_LOST  # held up: the next one would be too
        except (httpx.TransportError, SSEError):
            self._streams_lost += 1
        return Step.POLL

    def _take(self, event: ServerSentEvent) -> Goodbye | None:
        if event.event == "hello":
            self._beat_s = msgspec.json.decode(event.data, type=Hello).heartbeat_s
        elif event.event == "status":
            self._show_newer(event.data)
        elif event.event == "goodbye":
            return msgspec.json.decode(event.data, type=Goodbye)
        return None

    async def _leave(self, goodbye: Goodbye) -> Step:
        if goodbye.reason == "signed_out":
            raise Problem(401, goodbye.reason, "The token does not hold any more; the session goes on.")
        if goodbye.reason == "replaced":
            self._streams_lost = STREAMS_LOST  # another reader of this person has the place: they would take turns
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
        mode = response.headers.get("Playhead-Transport", "poll").partition(";")[0]
        if mode == "stream" and self._streams_lost < STREAMS_LOST:
            return Step.STREAM
        if mode == "wait":
            return Step.WAIT
        if self._newest is None or not self._newest.is_final:
            await asyncio.sleep(float(response.headers.get("Playhead-Poll-After-Ms", POLL_S * 1000)) / 1000)
        return Step.POLL

    async def _later(self, retry_after: str = "") -> Step:
        """Wait, longer each time and not in step with others; give up in the end."""
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
