"""A small world for the product's streams: as `tests.unit.live.world`, with its flags, its store, and words."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import msgspec

from playhead.accounts.models import Credential, User
from playhead.db import DatabaseGone
from playhead.delivery.gate import FlagsGate
from playhead.delivery.routes import Delivery
from playhead.delivery.words import Words
from playhead.errors import session_not_found
from playhead.flags.answers.gate import Gate, StreamAnswer
from playhead.flags.answers.rollout import Rollout
from playhead.flags.answers.shared import Emergency
from playhead.flags.answers.source import Health
from playhead.flags.answers.tuning import Tuning
from playhead.live.broker.memory import MemorySender, MemorySubscriber
from playhead.live.endpoints import Endpoints
from playhead.live.events import StatusEvents
from playhead.live.hub import Hub
from playhead.live.inbox import Signal
from playhead.live.stream import Reader, Streams
from playhead.live.transport import Transports
from playhead.quotas import QuotaDocument, Quotas, document
from playhead.sessions.models import Segment
from playhead.sessions.status import Stage, Status, encode
from playhead.sessions.usage import Usage
from tests.support.fakes import a_status, published
from tests.unit.live import world as live

ADA = User("ada", "ada@example.org", is_admin=False)
LOGIN = Credential("login", "digest")
PER_PROCESS, PER_USER = 5, 3
SEGMENTS_AT_ONCE = 4


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

    @property
    def rollout(self) -> Rollout:
        return Rollout("sse.status-stream", 25)

    def rollout_for(self, user_id: str, is_admin: bool) -> Rollout:
        return self.rollout

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
    reads: int = 0

    async def read(self, session_id: str) -> Status:
        self.reads += 1
        seen = self.status
        await self._turn()
        if seen is None:
            raise session_not_found()
        return seen

    async def read_all(self, owner_id: str, since: datetime, versions: Mapping[str, int]) -> list[Status]:
        await self._turn()
        return [self.status] if self.status is not None else []

    async def read_segments(self, session_id: str, start: int, limit: int, revision: int) -> list[Segment] | None:
        await self._turn()
        if self.status is not None and revision != self.status.revision:
            return None
        return self.segments[start : start + min(limit, SEGMENTS_AT_ONCE)]

    async def signed_in_as(self, login: Credential) -> User | None:
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
    def __init__(self, *, per_process: int = PER_PROCESS, per_user: int = PER_USER) -> None:
        self.gate = SwitchedGate()
        self.path_health = live.SwitchedPathHealth()
        self.store = Store()
        sender: MemorySender[Status] = MemorySender()
        subscriber = MemorySubscriber(sender)
        self.hub = Hub(subscriber, heartbeat_s=3600)
        self.flags = FlagsGate(self.gate)
        self.transports = Transports(
            self.flags,
            self.hub,
            streams_per_process=per_process,
            streams_per_user=per_user,
            streams_per_job=99,
            path_health=self.path_health,
        )
        self.streams = Streams(
            hub=self.hub,
            transports=self.transports,
            events=StatusEvents(encode),
            read=self.store.read,
            read_all=self.store.read_all,
        )

    def delivery(self, own_status: Callable[[str, str], Awaitable[Status]]) -> Delivery:
        """What the routes stand on."""
        endpoints = Endpoints(hub=self.hub, transports=self.transports, streams=self.streams, encode=encode)
        return Delivery(
            endpoints=endpoints,
            gate=self.flags,
            own_status=own_status,
            read_segments=self.store.read_segments,
            signed_in_as=self.store.signed_in_as,
        )

    def commit(self, status: Status, words: int = 0) -> Status:
        """Store a status with so many new segments."""
        count = len(self.store.segments)
        self.store.segments += [Segment(count + n, 0.0, 1.0, f"word {count + n}") for n in range(words)]
        self.store.status = msgspec.structs.replace(status, segments=len(self.store.segments))
        return self.store.status

    def publish(self) -> None:
        """Deliver what is stored to the readers."""
        assert self.store.status is not None
        self.hub.deliver(published(self.store.status))

    def signal(self, signal: Signal) -> None:
        for inbox in self.hub.inboxes():
            inbox.signal(signal)

    def open(self, *, segments_from: int | None = None, after: int = -1, revision: int | None = None) -> "Reading":
        """Ada's stream, with words from this segment of a revision on, or without."""

        async def recheck(last: User) -> User:
            return last

        words = Words(self.store.read_segments, segments_from or 0, self.flags.may_have_words, revision)
        reader = Reader(
            person=ADA,
            recheck=recheck,
            path=live.PATH,
            after=after,
            companion=None if segments_from is None else words,
            transport=live.STREAM,
            heartbeat_s=3600.0,
            max_age_s=3600.0,
        )
        return Reading(partial(self.streams.frames, "s", reader))


class Reading(live.Reading):
    """A stream that is being read, with words."""

    @property
    def words(self) -> list[int]:
        """The indices of the segments, as they came."""
        documents = [msgspec.json.decode(event.data) for event in self.events if event.event == "segments"]
        return [segment["index"] for document in documents for segment in document["segments"]]
