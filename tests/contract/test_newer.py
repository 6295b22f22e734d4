"""Which of two documents is newer is one rule: all that compares versions decides each case of one table alike.

The browser's package reads the same table.
"""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from playhead.live.broker.keys import KEYS
from playhead.live.broker.memory import MemorySender, MemorySubscriber
from playhead.live.broker.ports import Sending, topic_of
from playhead.live.broker.sender import ValkeySender
from playhead.live.clock import now
from playhead.live.follow import follow_all
from playhead.live.inbox import Inbox, Signal
from playhead.live.job import Job, State, is_newer
from playhead.live.publisher import StatusPublisher
from playhead.live.reading import Reading
from tests.support.valkey import Valkey
from tests.support.waiting import ANSWER_S

TABLE = json.loads((Path(__file__).parents[1] / "data" / "newer.json").read_text())


@dataclass(frozen=True)
class Case:
    """A row of the table as two documents of one job, alike but for version, state and message."""

    id: str
    row: dict[str, Any]

    @property
    def held(self) -> Job[Any] | None:
        return self._job("held") if self.row["held"] else None

    @property
    def given(self) -> Job[Any]:
        return self._job("given")

    def _job(self, which: str) -> Job[Any]:
        row = self.row[which]
        return Job(
            id=self.id,
            owner="ada",
            version=row["version"],
            state=State(row["state"]),
            stage="importing",
            message=which,
            updated_at=NOW,
        )


NOW = now()
"""Of all documents: a sender over a store takes a lower version for newer if it was made much later."""


async def by_is_newer(case: Case, _: Valkey) -> str:
    return "given" if is_newer(case.given, case.held) else "held"


class Waits(MemorySender[Job[Any]]):
    """A sender whose first call waits until it may go on, so that the next statuses meet in the publisher."""

    def __init__(self) -> None:
        super().__init__()
        self.busy, self.go_on = threading.Event(), threading.Event()
        self.sent: list[Job[Any]] = []

    def send(self, batch: Sequence[Sending[Job[Any]]]) -> Sequence[Sending[Job[Any]]]:
        self.busy.set()
        assert self.go_on.wait(ANSWER_S)
        self.sent += [status for status, _ in batch]
        return ()


async def by_publisher(case: Case, _: Valkey) -> str:
    sender = Waits()
    publisher = StatusPublisher(sender, min_interval_s=0)
    publisher.publish(Job(id="other", version=1, state=State.PROCESSING, stage="importing", updated_at=NOW))
    assert sender.busy.wait(ANSWER_S)
    if case.held is not None:
        publisher.publish(case.held)
    publisher.publish(case.given)
    sender.go_on.set()
    publisher.close()
    (sent,) = (job for job in sender.sent if job.id == case.id)
    return sent.message


async def _by_script(case: Case, server: Valkey, has_store: bool) -> str:
    sender: ValkeySender[Job[Any]] = ValkeySender(server.url, has_store=has_store)
    for job in (case.held, case.given):
        if job is not None:
            sender.send([(job, job.owner)])
    sender.close()
    with redis.Redis.from_url(server.url) as client:
        document: Any = client.get(KEYS.channel(case.id))
    return str(json.loads(document)["message"])


async def by_script(case: Case, server: Valkey) -> str:
    return await _by_script(case, server, has_store=False)


async def by_script_over_a_store(case: Case, server: Valkey) -> str:
    return await _by_script(case, server, has_store=True)


def _memory(*jobs: Job[Any] | None) -> MemorySender[Job[Any]]:
    sender: MemorySender[Job[Any]] = MemorySender()
    for job in jobs:
        if job is not None:
            sender.send([(job, job.owner)])
    return sender


async def by_memory(case: Case, _: Valkey) -> str:
    held = _memory(case.held, case.given).held(case.id)
    assert held is not None
    return held.message


async def by_inbox(case: Case, _: Valkey) -> str:
    inbox: Inbox[Job[Any]] = Inbox(case.id, "ada", 15.0, 0.0)
    for job in (case.held, case.given):
        if job is not None:
            inbox.put(job)
    inbox.signal(Signal.HEARTBEAT)
    taken = []
    while isinstance(item := await inbox.take(), Job):
        taken.append(item.message)
    return taken[-1]


async def by_follow(case: Case, _: Valkey) -> str:
    inbox: Inbox[Job[Any]] = Inbox(topic_of("ada"), "ada", 15.0, 0.0)
    present = [case.held] if case.held is not None else []

    async def read(_: object) -> Sequence[Job[Any]]:
        return present

    seen = []
    async with aclosing(follow_all(inbox, read)) as feed:
        if present:
            first = await anext(feed)
            assert isinstance(first, Job)
            seen.append(first.message)
        inbox.put(case.given)
        inbox.signal(Signal.HEARTBEAT)
        while isinstance(item := await anext(feed), Job):
            seen.append(item.message)
    return seen[-1]


async def by_reading(case: Case, _: Valkey) -> str:
    """Of the app's store and the snapshot."""
    reading: Reading[Job[Any]] = Reading(MemorySubscriber(_memory(case.given)), lambda _: case.held, None)
    return (await reading.one(case.id)).message


USERS: list[Callable[[Case, Valkey], Awaitable[str]]] = [
    by_is_newer,
    by_publisher,
    by_script,
    by_script_over_a_store,
    by_memory,
    by_inbox,
    by_follow,
    by_reading,
]


@pytest.mark.parametrize("row", TABLE, ids=[row["case"] for row in TABLE])
@pytest.mark.parametrize("newest", USERS)
async def test_newer_document_wins(
    newest: Callable[[Case, Valkey], Awaitable[str]], row: dict[str, Any], shared_server: Valkey, one: str
) -> None:
    async with asyncio.timeout(ANSWER_S):
        assert await newest(Case(one, row), shared_server) == ("given" if row["newer"] else "held")
