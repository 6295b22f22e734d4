"""Clients that follow a session over TCP and reconnect as a browser's `EventSource` does."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field

import msgspec

from playhead.sessions import transcript
from playhead.sessions.models import Segment
from playhead.sessions.status import Status, decode
from tests.support.connection import Connection
from tests.support.event_stream import Received
from tests.support.site import Person
from tests.support.stored import read_status
from tests.support.waiting import ANSWER_S, async_until
from tests.support.worker import Worker

EVERY_WORD = 10**6
BACK_S = 0.2
"""Until a reader that was cut off or refused reconnects. A browser takes 2 s; here the test is shorter."""
HEALED_S = 15.0
"""2 s are promised; the rest is for two busy cores. Without Redis, a process reads by itself after 30 s."""

measured = logging.getLogger("measured")
"""Logs measured times, which tests do not limit; benchmarks do. `pytest --log-cli-level INFO` shows them."""


@dataclass
class Visit:
    """One connection of a reader, and what it received."""

    versions: list[int] = field(default_factory=list)
    heartbeats: int = 0
    goodbye: dict[str, object] | None = None
    is_whole: bool = False
    """Whether it ended with the response's last chunk."""


class Reader:
    """Follows a session with its segments as an `EventSource` does, until it is final."""

    def __init__(self, port: int, person: Person, session_id: str) -> None:
        self.port = port
        self.person = person
        self._path = f"/api/v1/sessions/{session_id}/status/stream?segments=1"
        self.statuses: list[Status] = []
        self.words: list[Segment] = []
        self.visits: list[Visit] = []
        self.refusals: list[int] = []
        self.is_over = False

    @property
    def version(self) -> int:
        """The newest version received; 0 if none."""
        return self.statuses[-1].version if self.statuses else 0

    async def follow(self) -> None:
        while not self.is_over:
            pause_s = BACK_S
            with suppress(OSError):
                pause_s = await self.visit()
            if not self.is_over:
                await asyncio.sleep(pause_s)

    async def visit(self) -> float:
        """Makes one connection; returns the seconds to wait before the next one."""
        resume = {"Last-Event-ID": str(self.version)} if self.statuses else {}
        path = f"{self._path}&from={len(self.words)}"
        connection = await Connection.open(self.port, path, self.person.headers | resume)
        try:
            if connection.status != 200:
                self.refusals.append(connection.status)
                self.is_over = connection.status == 204
                return BACK_S
            visit = Visit()
            self.visits.append(visit)
            async with aclosing(connection.events()) as events:
                async for event in events:
                    assert visit.goodbye is None, "nothing comes after a goodbye"
                    self._take(event, visit)
            visit.is_whole = True
        finally:
            connection.close()
        if visit.goodbye is None:
            return BACK_S
        self.is_over = visit.goodbye["next"] == "none"
        later_ms = visit.goodbye.get("retry_after_ms") or 0
        assert isinstance(later_ms, int)
        return later_ms / 1000

    def _take(self, event: Received, visit: Visit) -> None:
        if event.event == "status":
            status = decode(event.data)
            assert event.last_event_id == str(status.version)
            # Segments of a status that is not final may come later, when the database was away.
            assert len(self.words) >= status.segments or not status.is_final, "a reader closes at a final status"
            visit.versions.append(status.version)
            self.statuses.append(status)
        elif event.event == "segments":
            self.words += msgspec.convert(json.loads(event.data)["segments"], list[Segment])
        elif event.event == "heartbeat":
            visit.heartbeats += 1
        elif event.event == "goodbye":
            visit.goodbye = json.loads(event.data)

    def agrees_with(self, worker: Worker) -> None:
        """Checks that the reader received only committed statuses, in order, and ends as the database does."""
        assert self.statuses[-1] == worker.database.run(read_status, worker.session_id)
        assert self.words == worker.database.run(transcript.segments, worker.session_id, 0, EVERY_WORD)
        for visit in self.visits:
            assert visit.versions == sorted(set(visit.versions)), "versions grow within a connection"
        versions = [status.version for status in self.statuses]
        assert versions == sorted(versions), "and do not fall from one connection to the next"
        for status in self.statuses:
            assert status == worker.committed[status.version]


@asynccontextmanager
async def following(readers: list[Reader]) -> AsyncIterator[Callable[[list[Reader]], None]]:
    """Runs these readers, and those passed to the yielded function; at the end waits until each is over."""
    async with asyncio.TaskGroup() as group:

        def join(more: list[Reader]) -> None:
            tasks.extend(group.create_task(reader.follow()) for reader in more)

        tasks: list[asyncio.Task[None]] = []
        join(readers)
        try:
            yield join
            async with asyncio.timeout(ANSWER_S):
                await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()


async def all_have(readers: list[Reader], version: int, timeout_s: float = ANSWER_S) -> None:
    """Waits until each reader has this version or a newer one."""
    await async_until(lambda: all(reader.version >= version for reader in readers), f"all have {version}", timeout_s)
