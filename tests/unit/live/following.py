"""For tests of `follow`: a store that takes its time, and a reader that reads until the end."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field

from playhead.live.follow import follow
from playhead.live.hub import Hub
from playhead.live.inbox import Signal
from playhead.live.job import Job


@dataclass
class Store:
    """A database that takes its time, may answer with what was true when it was asked, and may fail."""

    life: list[Job]
    stored: int = 0
    failures: int = 0
    before: int = 0
    behind: int = 0
    reads: int = 0

    async def read(self, job_id: str) -> Job:
        self.reads += 1
        await turns(self.before)
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the database is gone") if self.failures % 2 else ValueError("it is not understood")
        seen = self.life[self.stored]
        await turns(self.behind)
        return seen


@dataclass
class Reader:
    """One that reads until the end, at its own pace; with a connection it takes some statuses without being woken."""

    slowness: int
    after: int
    has_connection: bool = False
    seen: list[Job] = field(default_factory=list)
    offered: int = 0

    def take_now(self, status: Job) -> bool:
        """Every third time the network has not taken what was sent before."""
        self.offered += 1
        if status.is_final or self.offered % 3 == 0:
            return False
        self.seen.append(status)
        return True

    async def read(self, hub: Hub, store: Store, present: Job | None = None) -> None:
        """`present`: the status as it was read before, which is used where a gap is to come."""
        with hub.subscribe("s", "ada") as inbox:
            if self.has_connection:
                inbox.fast_path = self.take_now
            first = present if hub.awaits_gap("s") else None
            async with aclosing(follow(inbox, store.read, after=self.after, first=first)) as feed:
                async for item in feed:
                    if isinstance(item, Job):
                        self.seen.append(item)
                    assert item is not Signal.GAP
                    await turns(self.slowness)


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)
