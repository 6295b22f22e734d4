"""A status stream: the frames that one reader gets, and every reason for its end.

A reader that leaves cancels the generator; the `with` and `aclosing` blocks then free everything at once.
"""

import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import InitVar, dataclass, field
from datetime import datetime

from playhead import log
from playhead.accounts.guards import SignedInAs
from playhead.accounts.models import Credential, User
from playhead.db import DatabaseError
from playhead.delivery import events
from playhead.delivery.encoders import Patches, StatusEncoder, Whole
from playhead.delivery.follow import ReadStatus, follow, follow_all
from playhead.delivery.path import ClientPath
from playhead.delivery.policy import Goodbye, GoodbyeReason, Transport, goodbye
from playhead.delivery.stream_record import StreamRecord
from playhead.delivery.takeover import FrameWriter
from playhead.delivery.transport import Transports
from playhead.errors import Problem
from playhead.hub.hub import Hub
from playhead.hub.inbox import Inbox, Signal
from playhead.pubsub.observer import EndedWithoutGoodbye, Observer, guarded
from playhead.pubsub.ports import topic_of
from playhead.sessions.models import Segment
from playhead.sessions.status import Status

MAX_AGE_JITTER = 0.2
"""The share of the maximum age by which a stream may end earlier, at random: streams that were opened together (after a
deploy) must not all reconnect together."""

SEGMENTS_AT_ONCE = 100
"""Segments in one event, at most: about 15 kB. A reader that does not take them keeps one event in memory, not the
whole transcript."""

CHECK_EVERY_HEARTBEATS = 4
"""Heartbeats between two checks of the flags: the notice of a change may be lost. A check costs more than a heartbeat,
so not at each."""

ReadSegments = Callable[[str, int, int], Awaitable[list[Segment]]]
"""Reads the segments of a session from an index on, so many at most, in order; an empty list if there are no more."""
ReadAll = Callable[[str, datetime, Mapping[str, int]], Awaitable[Sequence[Status]]]
"""Reads the newest statuses of a person's sessions: those that are not final, those that changed since then, and those
that are followed already, deleted ones as canceled. Raises OSError."""
Feed = Callable[[Inbox], AsyncGenerator[Status | Signal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads a stream, by which path, from where and on which terms.

    Args:
        after: the version of the session after which the stream begins.
        segments_from: the index of the first segment; None: without segments.
        patches: whether changes are sent as patches.
        transport: the decision that admitted the stream.
        heartbeat_s: seconds between two heartbeats.
        max_age_s: seconds after which the stream ends with `max_age`.
    """

    user: User
    login: Credential
    path: ClientPath
    after: int = -1
    segments_from: int | None = None
    patches: bool = False
    transport: Transport
    heartbeat_s: float
    max_age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """Makes the streams of the process. `observer`: by default nothing is reported."""

    hub: Hub
    transports: Transports
    read: ReadStatus
    read_all: ReadAll
    read_segments: ReadSegments
    signed_in_as: SignedInAs
    observer: InitVar[Observer | None] = None
    _observer: Observer = field(init=False)

    def __post_init__(self, observer: Observer | None) -> None:
        object.__setattr__(self, "_observer", guarded(observer))  # as a frozen dataclass sets its fields

    def frames(self, session_id: str, reader: Reader, connection: FrameWriter | None = None) -> AsyncGenerator[bytes]:
        """The stream of one session, one event per piece, until a goodbye.

        With a connection, statuses are written to it without waking this generator wherever the reader waits for
        nothing else. The stream ends without a goodbye if the session is gone, or if the database is gone with the last
        segments. Then the client comes back by itself, and the route says why.
        """

        def feed(inbox: Inbox) -> AsyncGenerator[Status | Signal]:
            return follow(inbox, self.read, after=reader.after)

        encoder = Patches() if reader.patches else Whole(events.status)
        return self._frames(session_id, reader, feed, encoder, connection)

    def frames_of_all(
        self, reader: Reader, since: datetime, connection: FrameWriter | None = None
    ) -> AsyncGenerator[bytes]:
        """The stream of all sessions of a person: those that are not final, and those that ended since `since`."""

        async def read(versions: Mapping[str, int]) -> Sequence[Status]:
            return await self.read_all(reader.user.id, since, versions)

        def feed(inbox: Inbox) -> AsyncGenerator[Status | Signal]:
            return follow_all(inbox, read)

        return self._frames(topic_of(reader.user.id), reader, feed, Whole(events.status_of_many), connection)

    async def _frames(
        self, topic: str, reader: Reader, feed: Feed, encoder: StatusEncoder, connection: FrameWriter | None
    ) -> AsyncGenerator[bytes]:
        with self.hub.subscribe(topic, reader.user.id, reader.heartbeat_s) as inbox:
            if connection is not None and reader.segments_from is None:
                inbox.fast_path = _writer(connection, encoder, inbox)
            record = StreamRecord(self._observer, inbox, self.hub.clock)
            try:
                async with aclosing(self._events(inbox, reader, feed, encoder, record)) as frames:
                    async for frame in frames:
                        inbox.writing_since = self.hub.clock()
                        yield frame
                        inbox.writing_since = None
                        inbox.written += 1
            except Exception as error:
                record.reason = EndedWithoutGoodbye.FAILED
                if not isinstance(error, Problem | DatabaseError):
                    raise
                log.get(__name__).info("a stream ends without a goodbye", topic=topic, why=str(error))
            finally:
                record.ended()

    async def _events(
        self, inbox: Inbox, reader: Reader, feed: Feed, encoder: StatusEncoder, record: StreamRecord
    ) -> AsyncGenerator[bytes]:
        if (farewell := self.transports.take_slot(inbox)) is not None:
            yield _last_event(farewell, record)
            return
        yield events.hello(reader.transport, reader.heartbeat_s, reader.max_age_s)
        record.first_event()
        ends_at = self.hub.clock() + reader.max_age_s * random.uniform(1 - MAX_AGE_JITTER, 1)  # noqa: S311 - no secret
        cursor, user, heartbeats = reader.segments_from, reader.user, 0
        inbox.signal(Signal.CHECK)  # a flag may have changed since the route decided
        async with aclosing(feed(inbox)) as items:
            async for item in items:
                if isinstance(item, Status):
                    # Before the status that counts them: a reader closes its stream at a final one.
                    while cursor is not None and (fresh := await self._segments(item, cursor)):
                        cursor = fresh[-1].index + 1
                        frame = events.segments(fresh)
                        del fresh  # a slow reader keeps this generator waiting
                        yield frame
                    frame = encoder.frame(item)
                    encoder.sent(item)
                    yield frame
                    continue
                if (farewell := self._farewell(item, user, reader.path, ends_at)) is not None:
                    yield _last_event(farewell, record)
                    return
                if item is Signal.CHECK and cursor is not None and not self.transports.words_allowed(user):
                    cursor = None
                if item is Signal.HEARTBEAT:
                    record.report_counts()
                    heartbeats += 1
                    if heartbeats % CHECK_EVERY_HEARTBEATS == 0:
                        inbox.signal(Signal.CHECK)
                    version = inbox.versions.get(inbox.topic, -1)
                    yield events.heartbeat(version if version > reader.after else None)
                # At every heartbeat, too: the message that another process ended a login may be lost.
                if item in (Signal.LOGIN, Signal.HEARTBEAT):
                    stored = await self.still_signed_in(reader.login, user)
                    if stored is None:
                        yield _last_event(goodbye(GoodbyeReason.SIGNED_OUT), record)
                        return
                    if stored != user:
                        user = stored
                        inbox.signal(Signal.CHECK)  # the flags of an admin may differ
        yield _last_event(goodbye(GoodbyeReason.FINAL), record)

    async def _segments(self, status: Status, start: int) -> list[Segment]:
        """The next segments of those that the status counts; if they cannot be read, a later status brings them.

        Raises:
            DatabaseError: they cannot be read, and there is no later status.
        """
        if start >= status.segments:
            return []
        try:
            return await self.read_segments(status.session_id, start, SEGMENTS_AT_ONCE)
        except DatabaseError as error:
            if status.is_final:
                raise
            log.get(__name__).warning("segments cannot be read", session_id=status.session_id, error=str(error))
            return []

    async def still_signed_in(self, login: Credential, last: User) -> User | None:
        """The person as stored now, None if the login ended. If that cannot be read, `last`, until the next call."""
        try:
            return await self.signed_in_as(login)
        except DatabaseError as error:
            log.get(__name__).warning("logins cannot be read", error=str(error))
            return last

    def _farewell(self, signal: Signal, user: User, path: ClientPath, ends_at: float) -> Goodbye | None:
        """The goodbye with which the stream ends at this signal; None: it goes on."""
        if signal is Signal.DRAIN:
            return goodbye(GoodbyeReason.DRAINING)
        if signal is Signal.REPLACED:
            return self.transports.goodbye(GoodbyeReason.REPLACED, user)
        if signal is Signal.CHECK:
            return self.transports.check(user, path)
        if signal is Signal.HEARTBEAT and self.hub.clock() >= ends_at:
            return goodbye(GoodbyeReason.MAX_AGE)
        return None


def _last_event(goodbye: Goodbye, record: StreamRecord) -> bytes:
    record.reason = goodbye.reason
    return events.goodbye(goodbye)


def _writer(connection: FrameWriter, encoder: StatusEncoder, inbox: Inbox) -> Callable[[Status], bool]:
    """The fast path: writes a status without waking the stream's generator.

    Not a final one: it ends the stream.
    """

    def write(status: Status) -> bool:
        if status.is_final or not connection.write_now(encoder.frame(status)):
            return False
        encoder.sent(status)
        inbox.written += 1
        return True

    return write
