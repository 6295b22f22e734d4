"""What goes with the statuses of a stream: before the status that it belongs to, and asked about changed flags."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from playhead.live.errors import StoreError
from playhead.live.events import event
from playhead.live.inbox import Signal
from playhead.live.job import Job
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job
from tests.unit.live.world import ADA, Person, World


class Lines:
    """Sends an event with each status."""

    def __init__(self) -> None:
        self.fails = False
        self.checked: list[Person] = []

    async def before(self, status: Job[Any]) -> AsyncGenerator[bytes]:
        yield event("line", {"of": status.version})
        if self.fails:
            raise StoreError("the lines cannot be read")

    def has_more(self, status: Job[Any]) -> bool:
        return False

    def check(self, person: Person) -> None:
        self.checked.append(person)


@pytest.fixture
async def world() -> World:
    return World()


@pytest.mark.parametrize("has_connection", [True, False])
async def test_its_events_come_before_each_status(world: World, has_connection: bool) -> None:
    reading = world.open(companion=Lines(), has_connection=has_connection)
    await reading.has("hello", "line", "status")
    world.publish(a_job(version=1_000_002))
    await reading.has("hello", "line", "status", "line", "status")
    world.publish(a_job("completed", 1_000_003))
    await reading.ends()
    assert reading.names[-3:] == ["line", "status", "goodbye"]


async def test_its_store_that_fails_ends_the_stream_without_a_goodbye(world: World) -> None:
    lines = Lines()
    reading = world.open(companion=lines)
    await reading.has("hello", "line", "status")
    lines.fails = True
    world.publish(a_job("completed", 1_000_002))
    await reading.ends()
    assert reading.names == ["hello", "line", "status", "line"]
    assert world.hub.readers == 0


async def test_it_is_asked_when_flags_may_have_changed(world: World) -> None:
    lines = Lines()
    reading = world.open(companion=lines)
    await reading.has("hello", "line", "status")
    asked = len(lines.checked)
    world.signal(Signal.CHECK)
    await async_until(lambda: len(lines.checked) > asked)
    assert set(lines.checked) == {ADA}
    reading.task.cancel()
