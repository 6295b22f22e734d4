"""A status stream: the frames that one reader gets, and every reason for its end.

A stream works in turns: each begins when something came into its inbox, and ends when nothing is left to send. A reader
that leaves cancels the turn, or closes the stream between two; everything is freed at once.

Over 300 lines: the order of events and all endings are read in one go.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Generic, Protocol

from playhead.live import events
from playhead.live.broker.ports import topic_of
from playhead.live.encoders import Patches, StatusEncoder, Whole
from playhead.live.errors import Problem, StoreError
from playhead.live.events import StatusEvents
from playhead.live.follow import Following, FollowingAll, FollowingOne, ReadStatus
from playhead.live.gate import P, P_contra, id_of
from playhead.live.hub import Hub
from playhead.live.inbox import Inbox, Signal
from playhead.live.job import D, D_contra
from playhead.live.observer import EndedWithoutGoodbye
from playhead.live.path import ClientPath
from playhead.live.policy import Goodbye, GoodbyeReason, Transport, goodbye
from playhead.live.stream_record import StreamRecord
from playhead.live.takeover import FrameWriter
from playhead.live.transport import Transports

logger = logging.getLogger(__name__)

MAX_AGE_JITTER = 0.2
"""The share of the maximum age by which a stream may end earlier, at random: streams that were opened together (after a
deploy) must not all reconnect together."""

CHECK_EVERY_HEARTBEATS = 4
"""Heartbeats between two checks of the flags: the notice of a change may be lost. A check costs more than a heartbeat,
so not at each."""

PROVEN_HEARTBEATS = 2
"""Heartbeats after which a path has delivered a stream: with one each 15 s the second comes 8.5 to 16 s after `hello`,
and readers that find a stream mute leave it after 6 s."""

ReadAll = Callable[[str, datetime, Mapping[str, int]], Awaitable[Sequence[D]]]
"""Reads the newest statuses of a person's jobs: those that are not final, those that changed since then, and those that
are followed already, deleted ones as canceled. Raises OSError."""
Feed = Callable[[Inbox[D]], Following[D]]
Recheck = Callable[[P], Awaitable[P | None]]
"""The person who reads, as they are now, given as they were; None if they are not signed in any more. Never raises."""


class Companion(Protocol[D_contra, P_contra]):
    """What goes with the statuses of one stream, such as the words that they count."""

    def before(self, status: D_contra) -> AsyncGenerator[bytes]:
        """The events to send before this status: a reader closes its stream at a final one. Raises StoreError."""
        ...

    def has_more(self, status: D_contra) -> bool:
        """Whether there would be an event before this status."""
        ...

    def check(self, person: P_contra) -> None:
        """The flags of this person may have changed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader(Generic[D, P]):
    """Who reads a stream, by which path, from where and on which terms.

    Args:
        after: the version of the job after which the stream begins.
        companion: what goes with the statuses; None: nothing.
        patches: whether changes are sent as patches.
        transport: the decision that admitted the stream.
        checks: the hub's, from before the decision; -1: unknown.
        heartbeat_s: seconds between two heartbeats.
        max_age_s: seconds after which the stream ends with `max_age`.
        telemetry: what the client is to report, one word; None: all that it does.
    """

    person: P
    recheck: Recheck[P]
    path: ClientPath
    after: int = -1
    companion: Companion[D, P] | None = None
    patches: bool = False
    transport: Transport
    checks: int = -1
    heartbeat_s: float
    max_age_s: float
    telemetry: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams(Generic[D, P]):
    """Makes the streams of the process, and reports them to the hub's observer."""

    hub: Hub[D]
    transports: Transports[P]
    events: StatusEvents[D]
    read: ReadStatus[D]
    read_all: ReadAll[D]

    def frames(
        self,
        job_id: str,
        reader: Reader[D, P],
        connection: FrameWriter | None = None,
        *,
        present: D | None = None,
    ) -> AsyncGenerator[bytes]:
        """The stream of one job, one event per piece, until a goodbye. `present`: its status as it was just read.

        With a connection, statuses are written to it without a turn of the stream wherever the reader waits for nothing
        else. The stream ends without a goodbye if the job is gone, or if the store is gone with what its companion has
        to send. Then the client comes back by itself, and the route says why.
        """
        encoder = Patches(self.events) if reader.patches else Whole(self.events.whole)
        return Stream(self, reader, job_id, partial(self._follow, reader.after, present), encoder).turn(connection)

    def frames_of_all(
        self, reader: Reader[D, P], since: datetime, connection: FrameWriter | None = None
    ) -> AsyncGenerator[bytes]:
        """The stream of all jobs of a person: those that are not final, and those that ended since `since`."""

        async def read(versions: Mapping[str, int]) -> Sequence[D]:
            return await self.read_all(id_of(reader.person), since, versions)

        def feed(inbox: Inbox[D]) -> Following[D]:
            return FollowingAll(inbox, read)

        stream = Stream(self, reader, topic_of(id_of(reader.person)), feed, Whole(self.events.of_many))
        return stream.turn(connection)

    def _follow(self, after: int, present: D | None, inbox: Inbox[D]) -> Following[D]:
        first = present if self.hub.awaits_gap(inbox.topic) else None
        return FollowingOne(inbox, self.read, after=after, first=first)


class Stream(Generic[D, P]):
    """One open stream. While it has nothing to send it is this object only: most readers are idle most of the time."""

    __slots__ = (
        "_before",
        "_checking",
        "_encoder",
        "_ends_at",
        "_feed",
        "_following",
        "_has_ended",
        "_heartbeats",
        "_inbox",
        "_is_established",
        "_person",
        "_reader",
        "_record",
        "_sent",
        "_status",
        "_streams",
        "_topic",
    )

    def __init__(
        self, streams: Streams[D, P], reader: Reader[D, P], topic: str, feed: Feed[D], encoder: StatusEncoder[D]
    ) -> None:
        """`feed`: what the stream brings, once it has an inbox."""
        self._streams, self._reader, self._topic, self._encoder = streams, reader, topic, encoder
        self._feed: Feed[D] | None = feed
        self._inbox: Inbox[D] | None = None
        self._person = reader.person
        self._heartbeats = 0
        self._has_ended = False
        """Whether the last event was given out, or the stream broke off."""
        self._is_established = False
        """Whether the server has taken `hello`."""
        self._checking: asyncio.Task[None] | None = None
        """Checks the login after a heartbeat."""
        self._status: D | None = None
        """The status that is sent next, after what its companion has before it."""
        self._before: AsyncGenerator[bytes] | None = None
        self._sent: D | None = None
        """The status of the frame that the server is taking."""

    async def turn(self, connection: FrameWriter | None) -> AsyncGenerator[bytes]:
        """The frames until there is nothing more to send: then it rests at the connection; without one, to its end."""
        rests = False
        try:
            inbox = self._inbox or self._open(connection)
            hub = self._streams.hub
            inbox.reader = asyncio.current_task()
            while not self._has_ended:
                while (frame := await self._next(inbox)) is not None:
                    inbox.writing_since = hub.clock()
                    yield frame
                    inbox.writing_since = None
                    self._written(frame)
                if self._has_ended:
                    return
                if connection is not None:
                    inbox.reader, rests = None, True
                    connection.rest(self)
                    return
                await inbox.filled()
        except Exception as error:
            self._record.reason = EndedWithoutGoodbye.FAILED
            if not isinstance(error, Problem | StoreError):
                raise
            logger.info("a stream ends without a goodbye: %s", error, extra={"topic": self._topic})
        finally:
            if not rests:
                await self._end()

    def when_filled(self, wake: Callable[[], object]) -> None:
        assert self._inbox is not None
        self._inbox.when_filled(wake)

    def close(self) -> None:
        """End the stream, wherever it is. What a reader that left did not take is dropped."""
        self._has_ended = True
        inbox, self._inbox = self._inbox, None
        if self._checking is not None:
            self._checking.cancel()
        if inbox is not None:
            self._streams.hub.unregister(inbox)
            self._record.ended()

    async def _end(self) -> None:
        try:
            if self._before is not None:
                await self._before.aclose()
        finally:
            self.close()

    def _open(self, connection: FrameWriter | None) -> Inbox[D]:
        hub, reader = self._streams.hub, self._reader
        inbox = self._inbox = hub.register(self._topic, id_of(reader.person), reader.heartbeat_s)
        if connection is not None and reader.companion is None:
            inbox.fast_path = _writer(connection, self._encoder)
        self._record = StreamRecord(hub, inbox, reader.after)
        return inbox

    def _written(self, frame: bytes) -> None:
        """The server has taken the frame."""
        self._record.written(frame)
        status, self._sent = self._sent, None
        if status is not None:
            self._record.delivered(status)
        elif not self._is_established and not self._has_ended:
            self._is_established = True
            self._record.first_event()

    async def _next(self, inbox: Inbox[D]) -> bytes | None:
        """The next frame; None: there is nothing to send, or the stream has ended."""
        if self._feed is not None:
            return self._greeting(inbox)
        while not self._has_ended:
            if self._status is not None:
                return await self._frame(self._status)
            item = await self._following.next()
            if isinstance(item, Signal):
                if (frame := await self._signaled(item, inbox)) is not None:
                    return frame
            elif item is not None:
                self._status = item
            elif self._following.has_ended:
                return self._last_event(goodbye(GoodbyeReason.FINAL))
            else:
                break
        return None

    def _greeting(self, inbox: Inbox[D]) -> bytes:
        """The first event: `hello`, or a goodbye if there is no place."""
        feed, self._feed = self._feed, None
        assert feed is not None
        if (farewell := self._streams.transports.take_slot(inbox)) is not None:
            return self._last_event(farewell)
        reader = self._reader
        age_s = reader.max_age_s * random.uniform(1 - MAX_AGE_JITTER, 1)  # noqa: S311 - no secret
        self._ends_at = self._streams.hub.clock() + age_s
        self._following = feed(inbox)
        if reader.checks != self._streams.hub.checks:
            inbox.signal(Signal.CHECK)  # a flag may have changed since the route decided
        return events.hello(reader.transport, reader.heartbeat_s, reader.max_age_s, reader.telemetry)

    async def _frame(self, status: D) -> bytes:
        """The next of what the companion has before the status, then the status."""
        companion = self._reader.companion
        if companion is not None:
            if self._before is None:
                self._before = companion.before(status)
            if (frame := await anext(self._before, None)) is not None:
                return frame
        self._status = self._before = None
        self._sent = status
        frame = self._encoder.frame(status)
        self._encoder.sent(status)
        return frame

    async def _signaled(self, signal: Signal, inbox: Inbox[D]) -> bytes | None:
        """The frame that this signal makes; None: none."""
        if (farewell := self._farewell(signal)) is not None:
            return self._last_event(farewell)
        companion = self._reader.companion
        if signal is Signal.CHECK and companion is not None:
            companion.check(self._person)
        if signal is Signal.HEARTBEAT:
            self._record.report_conflated()
            self._heartbeats += 1
            if self._heartbeats % CHECK_EVERY_HEARTBEATS == 0:
                inbox.signal(Signal.CHECK)
            if self._checking is None:  # the message that another process ended a login may be lost
                self._checking = asyncio.create_task(self._check_login(inbox), name="login-check")
            version = self._record.version
            return events.heartbeat(version if version >= 0 else None)
        return await self._checked(inbox) if signal is Signal.LOGIN else None

    async def _check_login(self, inbox: Inbox[D]) -> None:
        """Checks the login while the stream goes on: its updates do not wait for the store."""
        try:
            await self._streams.hub.may_check_login()
            if await self._reader.recheck(self._person) != self._person:
                inbox.signal(Signal.LOGIN)
        finally:
            self._checking = None

    async def _checked(self, inbox: Inbox[D]) -> bytes | None:
        """The goodbye to somebody who is not signed in any more."""
        present = await self._reader.recheck(self._person)
        if present is None:
            return self._last_event(goodbye(GoodbyeReason.SIGNED_OUT))
        if present != self._person:
            self._person = present
            inbox.signal(Signal.CHECK)  # the flags of an admin may differ
        return None

    def _farewell(self, signal: Signal) -> Goodbye | None:
        """The goodbye with which the stream ends at this signal; None: it goes on."""
        transports = self._streams.transports
        if signal is Signal.DRAIN:
            return goodbye(GoodbyeReason.DRAINING)
        if signal is Signal.REPLACED:
            return transports.goodbye(GoodbyeReason.REPLACED, self._person)
        if signal is Signal.CHECK:
            is_proven = self._heartbeats >= PROVEN_HEARTBEATS
            return transports.check(self._person, self._reader.path, is_proven=is_proven)
        if signal is Signal.HEARTBEAT and self._streams.hub.clock() >= self._ends_at:
            return goodbye(GoodbyeReason.MAX_AGE)
        return None

    def _last_event(self, goodbye: Goodbye) -> bytes:
        self._record.reason = goodbye.reason
        self._has_ended = True
        return events.goodbye(goodbye)


def _writer(connection: FrameWriter, encoder: StatusEncoder[D]) -> Callable[[D], int]:
    """The fast path: writes a status without a turn of the stream, and returns its bytes; 0: not now.

    Not a final one: it ends the stream. It changed while the stream was open: the reader has had its first status.
    """

    def write(status: D) -> int:
        if status.is_final:
            return 0
        frame = encoder.frame(status)
        if not connection.write_now(frame):
            return 0
        encoder.sent(status)
        return len(frame)

    return write
