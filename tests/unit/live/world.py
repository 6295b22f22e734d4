"""A small world for streams and polls: a hub that is driven by hand, a store, a gate that is switched, a reader."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Any

import msgspec

from playhead.live.broker.memory import MemorySender, MemorySubscriber
from playhead.live.broker.ports import Published, topic_of
from playhead.live.endpoints import Endpoints, Visitor
from playhead.live.events import StatusEvents
from playhead.live.http import Answer, Request
from playhead.live.hub import Hub
from playhead.live.inbox import Signal
from playhead.live.job import Job
from playhead.live.observer import Observer
from playhead.live.path import ClientPath
from playhead.live.policy import Mode, Reason, Transport
from playhead.live.poll import Waits
from playhead.live.reading import job_not_found
from playhead.live.stream import Reader, Recheck, Streams
from playhead.live.takeover import Frames, FrameWriter, Resting
from playhead.live.transport import Transports
from tests.support.event_stream import Received, parse
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job, published
from tests.unit.live.switched_gate import SwitchedGate


@dataclass(frozen=True)
class Person:
    id: str
    is_admin: bool = False


ADA = Person("ada")
LOGIN, OTHER = "login", "other"
PATH = ClientPath("example.org")
STREAM = Transport(Mode.STREAM, Reason.FLAG_ON)
NEVER = datetime.max.replace(tzinfo=UTC)
PER_PROCESS, PER_USER = 5, 3


class SwitchedPathHealth:
    """Says the same of every path, except of those in `of`: what is set by hand."""

    def __init__(self) -> None:
        self.answer: bool | None = None
        self.of: dict[ClientPath, bool | None] = {}
        self.asked: list[ClientPath] = []

    def buffered(self, path: ClientPath, person_id: str) -> bool | None:
        self.asked.append(path)
        return self.of.get(path, self.answer)


@dataclass
class Store:
    """What an app's database holds: the job `s`, all jobs of Ada, and who is signed in by which login."""

    status: Job[Any] | None = field(default_factory=a_job)
    all: dict[str, Job[Any]] = field(default_factory=dict)
    logins: dict[str, Person] = field(default_factory=lambda: {LOGIN: ADA})
    gone: bool = False
    reads: int = 0
    logins_asked: int = 0

    async def read(self, job_id: str) -> Job[Any]:
        self.reads += 1
        seen = self.status
        await self._turn()
        if seen is None:
            raise job_not_found()
        return seen

    async def read_all(self, owner_id: str, since: datetime, versions: Mapping[str, int]) -> list[Job[Any]]:
        await self._turn()
        live = [job for job in self.all.values() if not job.is_final or job.updated_at >= since]
        live.sort(key=lambda job: job.updated_at)
        return live + [deleted(job_id, version) for job_id, version in versions.items() if job_id not in self.all]

    async def signed_in(self, login: str) -> Person | None:
        self.logins_asked += 1
        await self._turn()
        return self.logins.get(login)

    async def _turn(self) -> None:
        await asyncio.sleep(0)
        if self.gone:
            raise ConnectionError("it was switched off")


def deleted(job_id: str, version: int) -> Job[Any]:
    """The last document of a job that was deleted, given the version that its reader has."""
    return a_job("canceled", (version // 1_000_000 + 1) * 1_000_000 + 1, id=job_id)


class World:
    def __init__(
        self,
        *,
        per_process: int = PER_PROCESS,
        per_user: int = PER_USER,
        per_job: int = 99,
        tick_s: float = 0.01,
        clock: Callable[[], float] = monotonic,
        observer: Observer | None = None,
        waits: Waits | None = None,
        telemetry: str | None = None,
    ) -> None:
        self.gate = SwitchedGate()
        self.path_health = SwitchedPathHealth()
        self.store = Store()
        subscriber: MemorySubscriber[Job[Any]] = MemorySubscriber(MemorySender())
        self.hub = Hub(subscriber, heartbeat_s=3600, tick_s=tick_s, write_timeout_s=0.2, clock=clock, observer=observer)
        self.transports: Transports[Person] = Transports(
            self.gate,
            self.hub,
            streams_per_process=per_process,
            streams_per_user=per_user,
            streams_per_job=per_job,
            path_health=self.path_health,
        )
        self.streams = Streams(
            hub=self.hub,
            transports=self.transports,
            events=StatusEvents(msgspec.json.encode),
            read=self.store.read,
            read_all=self.store.read_all,
        )

        self.endpoints = Endpoints(
            hub=self.hub,
            transports=self.transports,
            streams=self.streams,
            encode=msgspec.json.encode,
            waits=waits or Waits(),
            telemetry=lambda _: telemetry,
        )

    def publish(self, status: Job[Any] | None = None) -> None:
        """Store this document, if one is given, and deliver what is stored to the readers."""
        self.store.status = status or self.store.status
        assert self.store.status is not None
        self.hub.deliver(published(self.store.status))

    def publish_to_owner(self, status: Job[Any]) -> None:
        """Deliver a document to the readers of all of Ada's jobs."""
        self.hub.deliver(Published(topic_of(ADA.id), status))

    def signal(self, signal: Signal) -> None:
        for inbox in self.hub.inboxes():
            inbox.signal(signal)

    def reader(self, *, login: str = LOGIN, **given: Any) -> Reader[Job[Any], Person]:
        fields: dict[str, Any] = {"person": ADA, "recheck": self._recheck(login), "path": PATH, "transport": STREAM}
        fields |= {"heartbeat_s": 3600.0, "max_age_s": 3600.0}
        return Reader(**{**fields, **given})

    def _recheck(self, login: str) -> Recheck[Person]:
        async def recheck(last: Person) -> Person | None:
            try:
                return await self.store.signed_in(login)
            except ConnectionError:
                return last

        return recheck

    async def poll(self, *, login: str = LOGIN, **headers: str) -> Answer:
        """The answer to Ada's poll of the job `s`. Raises what the store raises, and Problem."""
        request, status = _request({}, headers), await self.store.read("s")
        return await self.endpoints.status(request, Visitor(ADA, self._recheck(login)), status)

    async def poll_all(self, after: str | None = None, *, login: str = LOGIN, **headers: str) -> Answer:
        """The same of all her jobs."""
        request = _request({} if after is None else {"after": after}, headers)
        return await self.endpoints.status_all(request, Visitor(ADA, self._recheck(login)))

    def frames(self, connection: FrameWriter | None = None, **given: Any) -> AsyncGenerator[bytes]:
        return self.streams.frames("s", self.reader(**given), connection)

    async def stall(self) -> None:
        """Reads a stream as a connection whose reader takes the first frame and nothing after it."""
        frames = self.frames()
        try:
            await anext(frames)
            await asyncio.Event().wait()
        finally:
            await frames.aclose()

    def open(self, *, has_connection: bool = False, present: Job[Any] | None = None, **given: Any) -> "Reading":
        """A stream of the job `s`. `present`: its status as a route has read it."""
        frames = partial(self.streams.frames, "s", self.reader(**given), present=present)
        return Reading(frames, has_connection=has_connection)

    def open_all(self, since: datetime = NEVER, *, has_connection: bool = False, **given: Any) -> "Reading":
        return Reading(partial(self.streams.frames_of_all, self.reader(**given), since), has_connection=has_connection)


def _request(query: Mapping[str, str], headers: Mapping[str, str]) -> Request:
    """`headers`: their names with underscores."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(
        method="GET", path="/", headers=given, query=query, address="192.0.2.1", http_version="1.1", scope={}
    )


class Reading:
    """A stream that is being read, and its events. As its connection, it has no room every third time."""

    def __init__(self, open_frames: Frames, *, has_connection: bool = False) -> None:
        self._frames = open_frames(self if has_connection else None)
        self._bytes = b""
        self._offered = 0
        self._resting: Resting | None = None
        self._filled = asyncio.Event()
        self.task = asyncio.create_task(self._read())

    def write_now(self, frame: bytes) -> bool:
        self._offered += 1
        if self._offered % 3:
            self._bytes += frame
        return bool(self._offered % 3)

    def rest(self, stream: Resting) -> None:
        self._resting = stream
        stream.when_filled(self._filled.set)

    async def _read(self) -> None:
        frames: AsyncGenerator[bytes] | None = self._frames
        try:
            while frames is not None:
                async with aclosing(frames):
                    async for frame in frames:
                        self._bytes += frame
                frames = await self._next_turn()
        finally:
            if self._resting is not None:
                self._resting.close()

    async def _next_turn(self) -> AsyncGenerator[bytes] | None:
        """What comes next from a stream that rests; None if it has ended."""
        if (stream := self._resting) is None:
            return None
        await self._filled.wait()
        self._filled.clear()
        self._resting = None
        return stream.turn(self)

    @property
    def size(self) -> int:
        return len(self._bytes)

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
        """Every document, as a reader has it who applies the patches."""
        documents: list[dict[str, Any]] = []
        for event in self.events:
            if event.event == "status":
                documents.append(merged({}, msgspec.json.decode(event.data)))
            elif event.event == "patch":
                documents.append(merged(documents[-1], msgspec.json.decode(event.data)))
        return documents

    @property
    def goodbye(self) -> dict[str, Any]:
        last = self.events[-1]
        assert last.event == "goodbye"
        body: dict[str, Any] = msgspec.json.decode(last.data)
        return body

    async def has(self, *names: str) -> None:
        """Wait until exactly these events have come."""
        await async_until(lambda: self.names == list(names))

    async def has_version(self, version: int) -> None:
        """Wait until the newest version is this one."""
        await async_until(lambda: self.versions[-1:] == [version])

    async def ends(self) -> None:
        async with asyncio.timeout(10):
            await self.task


def merged(document: Any, patch: Any) -> Any:
    """A document after a JSON merge patch, written from RFC 7396, §2."""
    if not isinstance(patch, dict):
        return patch
    target = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = merged(target.get(name), value)
    return target
