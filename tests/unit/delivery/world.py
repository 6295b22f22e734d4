"""A small world for the ways out: a hub that is driven by hand, a store, flags that are switched, a reader."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Any

import msgspec

from playhead.accounts.models import Credential, User
from playhead.db import DatabaseGone
from playhead.delivery.gate import FlagsGate
from playhead.delivery.routes import Delivery
from playhead.delivery.words import Words
from playhead.errors import session_not_found
from playhead.flags.answers.gate import Gate, StreamAnswer
from playhead.flags.answers.shared import Emergency
from playhead.flags.answers.source import Health
from playhead.flags.answers.tuning import Tuning
from playhead.live.broker.memory import MemorySender, MemorySubscriber
from playhead.live.broker.ports import Published, topic_of
from playhead.live.endpoints import Endpoints
from playhead.live.events import StatusEvents
from playhead.live.hub import Hub
from playhead.live.inbox import Signal
from playhead.live.observer import Observer
from playhead.live.path import ClientPath
from playhead.live.policy import Mode, Reason, Transport
from playhead.live.stream import Reader, Streams
from playhead.live.takeover import Frames, FrameWriter
from playhead.live.transport import Transports
from playhead.quotas import QuotaDocument, Quotas, document
from playhead.sessions.advance import removed
from playhead.sessions.models import Segment
from playhead.sessions.status import Stage, Status, encode
from playhead.sessions.usage import Usage
from tests.support.event_stream import Received, parse
from tests.support.fakes import a_status, published
from tests.support.waiting import async_until

ADA = User("ada", "ada@example.org", is_admin=False)
LOGIN, OTHER = Credential("login", "digest"), Credential("token", "another")
PATH = ClientPath("192.0.2.1", "1.1", is_proxied=False)
STREAM = Transport(Mode.STREAM, Reason.FLAG_ON)
NEVER = datetime.max.replace(tzinfo=UTC)
PER_PROCESS, PER_USER = 5, 3
SEGMENTS_AT_ONCE = 4


class SwitchedPathHealth:
    """Says the same of every path: what is set by hand."""

    def __init__(self) -> None:
        self.answer: bool | None = None
        self.asked: list[ClientPath] = []

    def buffered(self, path: ClientPath) -> bool | None:
        self.asked.append(path)
        return self.answer


class SwitchedGate(Gate):
    """A gate whose answers are set by hand."""

    def __init__(self) -> None:
        self.answer = StreamAnswer.FLAG_ON
        self.long_poll = False
        self.live_transcript = True
        self.admins_only = False
        self.stopped: Emergency | None = None

    @property
    def kind(self) -> str:
        return "file"

    def health(self) -> Health:
        return Health(age_s=0.5)

    @property
    def emergency(self) -> Emergency | None:
        return self.stopped

    def streams_allowed(self, user_id: str, is_admin: bool) -> StreamAnswer:
        return StreamAnswer.FLAG_OFF if self.admins_only and not is_admin else self.answer

    def long_poll_allowed(self, user_id: str, is_admin: bool) -> bool:
        return self.long_poll

    def live_transcript_allowed(self, user_id: str, is_admin: bool) -> bool:
        return self.live_transcript

    def answers(self, user_id: str, is_admin: bool) -> dict[str, bool]:
        return {"sse.status-stream": self.streams_allowed(user_id, is_admin).allowed}

    def tuning(self, user_id: str, is_admin: bool) -> Tuning:
        return Tuning(heartbeat_s=15.0, max_age_s=600.0)


@dataclass
class Store:
    """What the database holds of the one session, and who is signed in."""

    status: Status | None = field(default_factory=lambda: a_status(Stage.TRANSCRIBING, 1_000_001))
    segments: list[Segment] = field(default_factory=list)
    logins: dict[Credential, User] = field(default_factory=lambda: {LOGIN: ADA})
    gone: bool = False
    all: dict[str, Status] = field(default_factory=dict)
    since: datetime | None = None
    reads: int = 0
    logins_asked: int = 0

    async def read(self, session_id: str) -> Status:
        self.reads += 1
        seen = self.status
        await self._turn()
        if seen is None:
            raise session_not_found()
        return seen

    async def read_all(self, owner_id: str, since: datetime, known: Mapping[str, int]) -> list[Status]:
        self.since = since
        await self._turn()
        live = [status for status in self.all.values() if not status.is_final or status.updated_at >= since]
        return live + [removed(gone, version) for gone, version in known.items() if gone not in self.all]

    async def read_segments(self, session_id: str, start: int, limit: int) -> list[Segment]:
        await self._turn()
        return self.segments[start : start + min(limit, SEGMENTS_AT_ONCE)]

    async def signed_in_as(self, login: Credential) -> User | None:
        self.logins_asked += 1
        await self._turn()
        return self.logins.get(login)

    async def _turn(self) -> None:
        await asyncio.sleep(0)
        if self.gone:
            raise DatabaseGone("it was switched off")


async def no_quota(user_id: str) -> QuotaDocument:
    """The quota of somebody who uses nothing, where nothing is limited."""
    return document(Usage(), Quotas())


class World:
    def __init__(
        self,
        *,
        per_process: int = PER_PROCESS,
        per_user: int = PER_USER,
        per_session: int = 99,
        clock: Callable[[], float] = monotonic,
        observer: Observer | None = None,
    ) -> None:
        self.gate = SwitchedGate()
        self.path_health = SwitchedPathHealth()
        self.store = Store()
        sender: MemorySender[Status] = MemorySender()
        subscriber = MemorySubscriber(sender)
        self.hub = Hub(subscriber, heartbeat_s=3600, tick_s=0.01, write_timeout_s=0.2, clock=clock, observer=observer)
        self.flags = FlagsGate(self.gate)
        self.transports = Transports(
            self.flags,
            self.hub,
            streams_per_process=per_process,
            streams_per_user=per_user,
            streams_per_job=per_session,
            path_health=self.path_health,
        )
        self.streams = Streams(
            hub=self.hub,
            transports=self.transports,
            events=StatusEvents(encode),
            read=self.store.read,
            read_all=self.store.read_all,
            observer=observer,
        )

    def delivery(self, own_status: Callable[[str, str], Awaitable[Status]], trusted_hops: int = 0) -> Delivery:
        """What the routes stand on."""
        endpoints = Endpoints(hub=self.hub, transports=self.transports, streams=self.streams, encode=encode)
        return Delivery(
            endpoints=endpoints,
            gate=self.flags,
            own_status=own_status,
            read_segments=self.store.read_segments,
            signed_in_as=self.store.signed_in_as,
            trusted_hops=trusted_hops,
        )

    def commit(self, status: Status, words: int = 0) -> Status:
        """Store a status with so many new segments."""
        count = len(self.store.segments)
        self.store.segments += [Segment(count + n, 0.0, 1.0, f"word {count + n}") for n in range(words)]
        self.store.status = msgspec.structs.replace(status, segments=len(self.store.segments))
        return self.store.status

    def publish(self) -> None:
        """Tell the readers what is stored."""
        assert self.store.status is not None
        self.hub.deliver(published(self.store.status))

    def signal(self, signal: Signal) -> None:
        for inbox in self.hub.inboxes():
            inbox.signal(signal)

    def tell(self, status: Status) -> None:
        """Tell the readers of all of Ada's sessions."""
        self.hub.deliver(Published(topic_of(ADA.id), status))

    def reader(self, *, login: Credential = LOGIN, segments_from: int | None = None, **given: Any) -> Reader:
        async def recheck(last: User) -> User | None:
            try:
                return await self.store.signed_in_as(login)
            except DatabaseGone:
                return last

        words = Words(self.store.read_segments, segments_from or 0, self.flags.may_have_words)
        fields: dict[str, Any] = {"person": ADA, "recheck": recheck, "path": PATH, "transport": STREAM}
        fields |= {"heartbeat_s": 3600.0, "max_age_s": 3600.0}
        return Reader(companion=None if segments_from is None else words, **{**fields, **given})

    def frames(self, connection: FrameWriter | None = None, **told: Any) -> AsyncGenerator[bytes]:
        return self.streams.frames("s", self.reader(**told), connection)

    def open(self, *, has_connection: bool = False, **told: Any) -> "Reading":
        return Reading(partial(self.streams.frames, "s", self.reader(**told)), has_connection=has_connection)

    def open_all(self, since: datetime = NEVER, *, has_connection: bool = False, **told: Any) -> "Reading":
        return Reading(partial(self.streams.frames_of_all, self.reader(**told), since), has_connection=has_connection)


class Reading:
    """A stream that is being read, and its events. As its connection, it has no room every third time."""

    def __init__(self, open_frames: Frames, *, has_connection: bool) -> None:
        self._frames = open_frames(self if has_connection else None)
        self._bytes = b""
        self._offered = 0
        self.task = asyncio.create_task(self._read())

    def write_now(self, frame: bytes) -> bool:
        self._offered += 1
        if self._offered % 3:
            self._bytes += frame
        return bool(self._offered % 3)

    async def _read(self) -> None:
        async with aclosing(self._frames) as frames:
            async for frame in frames:
                self._bytes += frame

    @property
    def events(self) -> list[Received]:
        return parse(self._bytes)

    @property
    def names(self) -> list[str]:
        return [event.event for event in self.events]

    @property
    def versions(self) -> list[int]:
        return [int(event.last_event_id) for event in self.events if event.event in ("status", "patch")]

    @property
    def documents(self) -> list[dict[str, Any]]:
        """Every status, as a reader has it who applies the patches."""
        documents: list[dict[str, Any]] = []
        for event in self.events:
            if event.event == "status":
                whole = msgspec.json.decode(event.data)
                documents.append({name: value for name, value in whole.items() if value is not None})
            elif event.event == "patch":
                merged = documents[-1] | msgspec.json.decode(event.data)
                documents.append({name: value for name, value in merged.items() if value is not None})
        return documents

    @property
    def words(self) -> list[int]:
        """The indices of the segments, as they came."""
        documents = [msgspec.json.decode(event.data) for event in self.events if event.event == "segments"]
        return [segment["index"] for document in documents for segment in document["segments"]]

    @property
    def goodbye(self) -> dict[str, Any]:
        last = self.events[-1]
        assert last.event == "goodbye"
        body: dict[str, Any] = msgspec.json.decode(last.data)
        return body

    async def has(self, *names: str) -> None:
        """Wait until exactly these events have come."""
        await async_until(lambda: self.names == list(names))

    async def ends(self) -> None:
        async with asyncio.timeout(10):
            await self.task
