"""The routes of statuses without a web framework: what each answers to a person who may read a job.

Over 300 lines: the routes share how a person is admitted, refused and answered, which is read here in one go.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Generic

from playhead.live import events, poll
from playhead.live.broker.ports import topic_of
from playhead.live.errors import Problem, StoreError
from playhead.live.gate import P, id_of
from playhead.live.http import Answer, Request
from playhead.live.hub import Hub
from playhead.live.job import VERSION_END, D, Document
from playhead.live.observer import PollAnswer, PollKind
from playhead.live.path import ClientPath, client_path
from playhead.live.policy import GoodbyeReason, Transport, goodbye
from playhead.live.sse import Event, encode
from playhead.live.stream import Companion, Reader, Recheck, Streams
from playhead.live.takeover import Frames, FrameWriter
from playhead.live.transport import Transports

TRANSPORT = "Playhead-Transport"
POLL_AFTER = "Playhead-Poll-After-Ms"
APPLIED = "Preference-Applied"
"""Says that polls with `Prefer: wait` are held (RFC 7240, §3). Without it the client polls."""
SERVER_TIME = "Playhead-Server-Time"
"""The time in ms since 1970, of an answer that was not held: from it a client learns how its clock differs."""
TELEMETRY = "Playhead-Telemetry"
"""What the client is to report of what it sees; absent: all that it does."""
STREAM_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
}
"""Keep proxies from buffering, caching and compressing; nginx obeys the last, Cloudflare the second."""
OVERLAP_S = 60.0
"""Seconds before the cursor from which changes are sent again: clocks of machines differ, statuses overtake others."""
PROBE_EVENTS, PROBE_PAUSE_S = 3, 0.5
"""Two events at least 0.5 s apart prove that the path delivers each as it comes; the third is a reserve."""
ENTITY_TAG = re.compile(r'(?:W/)?"([^"]*)"|(\*)')
"""One member of `If-None-Match` (RFC 9110, §8.8.3)."""


@dataclass(frozen=True, slots=True)
class Visitor(Generic[P]):
    """Who asks, and how to learn later whether they still may.

    `path`: by which they came, if not by that of their request.
    """

    person: P
    recheck: Recheck[P]
    path: ClientPath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints(Generic[D, P]):
    """Answers requests about jobs that their visitor may read.

    Args:
        encode: makes the JSON of a document.
        vary: the request headers on which the person depends, for caches.
        telemetry: one word for a person, what their client is to report; None: all that it does.
    """

    hub: Hub[D]
    transports: Transports[P]
    streams: Streams[D, P]
    encode: Callable[[D], bytes]
    waits: poll.Waits = field(default_factory=poll.Waits)
    vary: str = "Cookie"
    telemetry: Callable[[P], str | None] = lambda _: None

    async def status(self, request: Request, visitor: Visitor[P], status: D) -> Answer:
        """The document, or 304; with `Prefer: wait=N` after the next change.

        Args:
            status: the newest one.

        Raises:
            Problem: 401, the visitor's login ended meanwhile.
        """
        person, current, is_held = visitor.person, status, False
        with self._wait(request, person, status) as wait_s:
            transport = self.transport(request, person, current)
            if wait_s and _has(request, poll.etag(current, transport)):

                def still_right() -> bool:
                    return self._may_wait(person) and self.transport(request, person, current) == transport

                read, is_held = self.streams.read, True
                status = await poll.next_status(self.hub, read, current, id_of(person), wait_s, still_right)
                await _check_login(visitor)
                transport = self.transport(request, person, status)
        headers = {"Cache-Control": "private, no-cache", **self._measuring(person, is_held=is_held)}
        if (poll_delay_ms := poll.poll_delay_ms(status)) is not None:
            headers[POLL_AFTER] = str(poll_delay_ms)
        if wait_s and self._may_wait(person) and not status.is_final:
            headers[APPLIED] = f"wait={wait_s}"
        answer = self._polled(request, headers, poll.etag(status, transport), transport, lambda: self.encode(status))
        self._report(person, wait_s, status, answer)
        return answer

    async def status_all(self, request: Request, visitor: Visitor[P]) -> Answer:
        """All jobs of the visitor that are not final and those that changed since the query's `after`, or 304.

        With `Prefer: wait=N` it is answered after the next change of any of them, or when a new one comes.

        Raises:
            Problem: 401, the visitor's login ended meanwhile.
        """
        person, since, is_held = visitor.person, _since(count(request.query.get("after"))), False

        async def read(versions: Mapping[str, int]) -> Sequence[D]:
            return await self.streams.read_all(id_of(person), since, versions)

        with self._wait(request, person) as wait_s:
            cursor_ms = int(time.time() * 1000)  # of the time before the read: nothing is between two answers
            statuses = await read({})
            transport = self.transport(request, person)
            if wait_s and _has(request, poll.etag_of_all(statuses, transport)):

                def still_right() -> bool:
                    return self._may_wait(person) and self.transport(request, person) == transport

                is_held = True
                statuses = await poll.next_statuses(self.hub, read, statuses, id_of(person), wait_s, still_right)
                await _check_login(visitor)
                transport = self.transport(request, person)
        headers = {"Cache-Control": "no-store", **self._measuring(person, is_held=is_held)}
        headers[POLL_AFTER] = str(poll.poll_delay_of_all_ms(statuses))
        if wait_s and self._may_wait(person):
            headers[APPLIED] = f"wait={wait_s}"

        def body() -> bytes:
            return b'{"cursor":"%d","statuses":[%b]}' % (cursor_ms, b",".join(map(self.encode, statuses)))

        answer = self._polled(request, headers, poll.etag_of_all(statuses, transport), transport, body)
        self._report(person, wait_s, None, answer)
        return answer

    async def stream(
        self, request: Request, visitor: Visitor[P], status: D, companion: Companion[D, P] | None = None
    ) -> Answer:
        """The stream of one job, or 204 where the visitor is not to stream, or has everything.

        Raises:
            Problem: 503, the process has no place for it.
        """
        # A version above the newest would leave the reader without events. One as new as the reader's own is sent
        # again: it costs little and shows that the stream is right.
        after = min(last_event_id(request), status.version) - 1
        has_more = companion is not None and companion.has_more(status)
        nothing_new = status.is_final and after + 1 >= status.version and not has_more
        path = visitor.path or client_path(request)
        checks = self.hub.checks
        admission = self.transports.admit(visitor.person, path, final=nothing_new)
        if admission.status != HTTPStatus.OK:
            return Answer(status=admission.status, headers={TRANSPORT: admission.transport.header})
        reader = Reader(
            after=after,
            companion=companion,
            patches=request.query.get("patches") == "1",
            path=path,
            **self._terms(visitor, admission.transport, checks),
        )
        return _streamed(partial(self.streams.frames, status.id, reader, present=status), admission.transport)

    async def stream_all(self, request: Request, visitor: Visitor[P]) -> Answer:
        """The stream of all jobs of the visitor, or 204. Raises Problem 503."""
        path = visitor.path or client_path(request)
        checks = self.hub.checks
        admission = self.transports.admit(visitor.person, path)
        if admission.status != HTTPStatus.OK:
            return Answer(status=admission.status, headers={TRANSPORT: admission.transport.header})
        reader: Reader[D, P] = Reader(path=path, **self._terms(visitor, admission.transport, checks))
        frames = partial(self.streams.frames_of_all, reader, _since(last_event_id(request)))
        return _streamed(frames, admission.transport)

    def probe(self) -> Answer:
        """A few timed events, to see whether the path to this site delivers each as it comes."""
        return _streamed(_probe, None)

    def transport(
        self, request: Request, person: P, status: Document | None = None, *, path: ClientPath | None = None
    ) -> Transport:
        """How this person is to follow this job. `path`: by default that of the request."""
        is_final = status is not None and status.is_final
        return self.transports.decide(person, path or client_path(request), final=is_final)

    @contextmanager
    def _wait(self, request: Request, person: P, status: D | None = None) -> Iterator[int]:
        """Take a place to wait for the time of the block. Yields seconds; 0 where none is asked for, or to be had.

        `status`: of the job that is polled; None: all jobs are. An error in the block is reported as a refused poll.
        """
        asked_s = poll.wait_s(request.headers.get("prefer"))
        if asked_s and ((status is not None and status.is_final) or not self._may_wait(person)):
            asked_s = 0
        slot = self.waits.slot(id_of(person)) if asked_s else nullcontext(enter_result=False)
        with slot as has_slot:
            wait_s = asked_s if has_slot else 0
            try:
                yield wait_s
            except (Problem, StoreError, OSError):
                self._report(person, wait_s, status, None)
                raise

    def _may_wait(self, person: P) -> bool:
        """Whether polls of this person are held now. A process that drains would answer each at once."""
        return not self.hub.draining and self.transports.gate.may_wait(person)

    def _terms(self, visitor: Visitor[P], transport: Transport, checks: int) -> dict[str, Any]:
        """The fields of `Reader` that streams of one job and of all have in common."""
        tuning = self.transports.gate.tuning(visitor.person)
        return {
            "person": visitor.person,
            "recheck": visitor.recheck,
            "transport": transport,
            "checks": checks,
            "heartbeat_s": tuning.heartbeat_s,
            "max_age_s": tuning.max_age_s,
            "telemetry": self.telemetry(visitor.person),
        }

    def _measuring(self, person: P, *, is_held: bool) -> dict[str, str]:
        """The headers by which a client measures and reports."""
        word = self.telemetry(person)
        headers = {} if word is None else {TELEMETRY: word}
        return headers if is_held else headers | {SERVER_TIME: str(int(time.time() * 1000))}

    def _polled(
        self, request: Request, headers: Mapping[str, str], etag: str, transport: Transport, body: Callable[[], bytes]
    ) -> Answer:
        self.hub.observer.chosen(transport)
        headers = {**headers, TRANSPORT: transport.header, "Vary": self.vary, "ETag": etag}
        if _has(request, etag):
            return Answer(status=304, headers=headers)
        return Answer(status=200, headers={**headers, "Content-Type": "application/json"}, body=body())

    def _report(self, person: P, wait_s: int, status: D | None, answer: Answer | None) -> None:
        """Report a poll. `status`: that the client has now, None: all jobs; `answer`: None if it is refused."""
        person_id = id_of(person)
        topic, version, is_final = topic_of(person_id), -1, False
        if status is not None:
            topic, version, is_final = status.id, status.version, status.is_final
        outcome, size = PollAnswer.REFUSED, 0
        if answer is not None:
            is_unchanged = answer.status == HTTPStatus.NOT_MODIFIED
            outcome, size = PollAnswer.UNCHANGED if is_unchanged else PollAnswer.CHANGED, len(answer.body)
        kind = PollKind.WAIT if wait_s else PollKind.POLL
        self.hub.observer.polled(topic, person_id, kind, outcome, size, version, is_final=is_final)


async def _check_login(visitor: Visitor[P]) -> None:
    """Raise Problem 401 if the login ended while nothing was sent; the message about it may have been lost."""
    if await visitor.recheck(visitor.person) is None:
        raise not_signed_in()


def not_signed_in() -> Problem:
    return Problem(401, "not_signed_in", "Please sign in.")


def last_event_id(request: Request) -> int:
    """The last event that the client has; 0 without one."""
    return count(request.headers.get("last-event-id") or request.query.get("last_event_id"))


def count(given: str | None) -> int:
    """Parse a version or an index of the client; 0 if it is not a number or too large."""
    return min(int(given), VERSION_END) if given and given.isascii() and given.isdigit() and len(given) < 17 else 0


def _streamed(frames: Frames, transport: Transport | None) -> Answer:
    headers: Mapping[str, str] = STREAM_HEADERS | ({TRANSPORT: transport.header} if transport else {})
    return Answer(status=200, headers=headers, frames=frames)


def _since(cursor_ms: int) -> datetime:
    """The time after which ended jobs are sent; without a cursor, the present time less the overlap."""
    cursor_s = min(cursor_ms / 1000, time.time()) if cursor_ms else time.time()
    return datetime.fromtimestamp(max(0.0, cursor_s - OVERLAP_S), UTC)


def _has(request: Request, etag: str) -> bool:
    """Whether the client has the answer with this `ETag`, by weak comparison."""
    given = ENTITY_TAG.findall(request.headers.get("if-none-match", ""))
    return any(any_tag or opaque == etag.strip('"') for opaque, any_tag in given)


async def _probe(_: FrameWriter | None) -> AsyncGenerator[bytes]:
    for number in range(1, PROBE_EVENTS + 1):
        yield encode(Event(event="probe", data=f'{{"number":{number},"of":{PROBE_EVENTS}}}'))
        if number < PROBE_EVENTS:
            await asyncio.sleep(PROBE_PAUSE_S)
    yield events.goodbye(goodbye(GoodbyeReason.FINAL))
