"""A status stream: the frames that one reader gets, and every reason for its end.

A reader that leaves cancels the generator; the `with` and `aclosing` blocks then free everything at once.
"""

import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol

from playhead.live import events
from playhead.live.broker.ports import topic_of
from playhead.live.encoders import Patches, StatusEncoder, Whole
from playhead.live.errors import Problem, StoreError
from playhead.live.events import StatusEvents
from playhead.live.follow import ReadStatus, follow, follow_all
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
"""Heartbeats after which a path has delivered a stream: the second comes after 15 s, and readers that find a stream
mute leave it after 6 s."""

ReadAll = Callable[[str, datetime, Mapping[str, int]], Awaitable[Sequence[D]]]
"""Reads the newest statuses of a person's jobs: those that are not final, those that changed since then, and those that
are followed already, deleted ones as canceled. Raises OSError."""
Feed = Callable[[Inbox[D]], AsyncGenerator[D | Signal]]
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

        With a connection, statuses are written to it without waking this generator wherever the reader waits for
        nothing else. The stream ends without a goodbye if the job is gone, or if the store is gone with what its
        companion has to send. Then the client comes back by itself, and the route says why.
        """

        just_read = [] if present is None else [present]

        def feed(inbox: Inbox[D]) -> AsyncGenerator[D | Signal]:
            first = just_read.pop() if just_read else None  # not held as long as the stream lasts
            return follow(inbox, self.read, after=reader.after, first=first if self.hub.awaits_gap(job_id) else None)

        encoder = Patches(self.events) if reader.patches else Whole(self.events.whole)
        return self._frames(job_id, reader, feed, encoder, connection)

    def frames_of_all(
        self, reader: Reader[D, P], since: datetime, connection: FrameWriter | None = None
    ) -> AsyncGenerator[bytes]:
        """The stream of all jobs of a person: those that are not final, and those that ended since `since`."""

        async def read(versions: Mapping[str, int]) -> Sequence[D]:
            return await self.read_all(id_of(reader.person), since, versions)

        def feed(inbox: Inbox[D]) -> AsyncGenerator[D | Signal]:
            return follow_all(inbox, read)

        return self._frames(topic_of(id_of(reader.person)), reader, feed, Whole(self.events.of_many), connection)

    async def _frames(
        self,
        topic: str,
        reader: Reader[D, P],
        feed: Feed[D],
        encoder: StatusEncoder[D],
        connection: FrameWriter | None,
    ) -> AsyncGenerator[bytes]:
        with self.hub.subscribe(topic, id_of(reader.person), reader.heartbeat_s) as inbox:
            if connection is not None and reader.companion is None:
                inbox.fast_path = _writer(connection, encoder)
            record = StreamRecord(self.hub, inbox, reader.after)
            try:
                async with aclosing(self._events(inbox, reader, feed, encoder, record)) as frames:
                    async for frame in frames:
                        inbox.writing_since = self.hub.clock()
                        yield frame
                        inbox.writing_since = None
                        record.written(frame)
            except Exception as error:
                record.reason = EndedWithoutGoodbye.FAILED
                if not isinstance(error, Problem | StoreError):
                    raise
                logger.info("a stream ends without a goodbye: %s", error, extra={"topic": topic})
            finally:
                record.ended()

    async def _events(
        self,
        inbox: Inbox[D],
        reader: Reader[D, P],
        feed: Feed[D],
        encoder: StatusEncoder[D],
        record: StreamRecord,
    ) -> AsyncGenerator[bytes]:
        if (farewell := self.transports.take_slot(inbox)) is not None:
            yield _last_event(farewell, record)
            return
        yield events.hello(reader.transport, reader.heartbeat_s, reader.max_age_s, reader.telemetry)
        record.first_event()
        ends_at = self.hub.clock() + reader.max_age_s * random.uniform(1 - MAX_AGE_JITTER, 1)  # noqa: S311 - no secret
        companion, person, heartbeats = reader.companion, reader.person, 0
        inbox.signal(Signal.CHECK)  # a flag may have changed since the route decided
        async with aclosing(feed(inbox)) as items:
            async for item in items:
                if not isinstance(item, Signal):
                    if companion is not None:
                        async with aclosing(companion.before(item)) as frames:
                            async for frame in frames:
                                yield frame
                    frame = encoder.frame(item)
                    encoder.sent(item)
                    yield frame
                    record.delivered(item)
                    continue
                if (farewell := self._farewell(item, person, reader.path, ends_at, heartbeats)) is not None:
                    yield _last_event(farewell, record)
                    return
                if item is Signal.CHECK and companion is not None:
                    companion.check(person)
                if item is Signal.HEARTBEAT:
                    record.report_conflated()
                    heartbeats += 1
                    if heartbeats % CHECK_EVERY_HEARTBEATS == 0:
                        inbox.signal(Signal.CHECK)
                    version = record.version
                    yield events.heartbeat(version if version >= 0 else None)
                # At every heartbeat, too: the message that another process ended a login may be lost.
                if item in (Signal.LOGIN, Signal.HEARTBEAT):
                    present = await reader.recheck(person)
                    if present is None:
                        yield _last_event(goodbye(GoodbyeReason.SIGNED_OUT), record)
                        return
                    if present != person:
                        person = present
                        inbox.signal(Signal.CHECK)  # the flags of an admin may differ
        yield _last_event(goodbye(GoodbyeReason.FINAL), record)

    def _farewell(self, signal: Signal, person: P, path: ClientPath, ends_at: float, heartbeats: int) -> Goodbye | None:
        """The goodbye with which the stream ends at this signal; None: it goes on."""
        if signal is Signal.DRAIN:
            return goodbye(GoodbyeReason.DRAINING)
        if signal is Signal.REPLACED:
            return self.transports.goodbye(GoodbyeReason.REPLACED, person)
        if signal is Signal.CHECK:
            return self.transports.check(person, path, is_proven=heartbeats >= PROVEN_HEARTBEATS)
        if signal is Signal.HEARTBEAT and self.hub.clock() >= ends_at:
            return goodbye(GoodbyeReason.MAX_AGE)
        return None


def _last_event(goodbye: Goodbye, record: StreamRecord) -> bytes:
    record.reason = goodbye.reason
    return events.goodbye(goodbye)


def _writer(connection: FrameWriter, encoder: StatusEncoder[D]) -> Callable[[D], int]:
    """The fast path: writes a status without waking the stream's generator, and returns its bytes; 0: not now.

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
