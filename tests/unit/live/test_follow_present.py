"""Streams that begin with a status that was read before them: they read again on the gap to come, or at once."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playhead.live.broker.memory import MemorySender, MemorySubscriber
from playhead.live.broker.ports import Gap, Received
from playhead.live.hub import Hub
from playhead.live.job import Job
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job, published
from tests.unit.live.following import Reader, Store, turns
from tests.unit.live.world import World

STAGES = ["reading", "importing", "importing", "retrying", "finishing"]


@pytest.fixture
async def hub() -> Hub:
    return Hub(MemorySubscriber(MemorySender()), heartbeat_s=3600)


class Wire(MemorySubscriber):
    """A subscriber whose server hears each command late, and whose answers and messages come late, all in order."""

    def __init__(self) -> None:
        super().__init__(MemorySender())
        self.commands: list[bool] = []
        """On their way to the server: True subscribes, False ends that."""
        self.arriving: list[Received] = []
        """On their way back."""
        self.published = 1
        """The version that was published last."""
        self.is_subscribed = False
        """Whether the server sends what is published."""

    def watch(self, topic: str) -> None:
        self.commands.append(True)

    def unwatch(self, topic: str) -> None:
        self.commands.append(False)

    def handle(self) -> None:
        """The server handles the next command."""
        if self.commands:
            self.is_subscribed = self.commands.pop(0)
            if self.is_subscribed:
                self.arriving.append(Gap("s"))

    def publish(self, status: Job) -> None:
        """Each status once."""
        is_new, self.published = status.version > self.published, max(status.version, self.published)
        if is_new and self.is_subscribed:
            self.arriving.append(published(status))

    def deliver(self, hub: Hub) -> None:
        """The next of what the server sent arrives."""
        if self.arriving:
            hub.deliver(self.arriving.pop(0))

    def catch_up(self, hub: Hub) -> None:
        """The server handles all commands, and all that it sent arrives."""
        while self.commands:
            self.handle()
        while self.arriving:
            self.deliver(hub)


ORDERS = st.sampled_from(
    ["commit", "publish", "handle", "deliver", "join", "join", "leave", "news", "news", "arrive", "settle"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(ORDERS, st.integers(0, 5)), max_size=60), st.integers(0, 3))
def test_stream_that_begins_with_a_status_given_to_it_loses_none_after_it(
    schedule: list[tuple[str, int]], slowness: int
) -> None:
    """Whatever the order of publishing, of the subscription's confirmation and of reads, and without any heartbeat."""
    life = [a_job(STAGES[n % len(STAGES)], n) for n in range(1, 40)] + [a_job("completed", 40)]
    asyncio.run(_play_orders(life, schedule, slowness))


async def _play_orders(life: list[Job], schedule: list[tuple[str, int]], slowness: int) -> None:
    wire, store = Wire(), Store(life)
    hub: Hub[Job] = Hub(wire, heartbeat_s=3600)
    readers: list[tuple[Reader, asyncio.Task[None]]] = []

    async def come(reader: Reader, pause: int) -> None:
        """As a route does: it reads, and somewhat later its stream begins."""
        present = life[store.stored]
        await turns(pause)
        await reader.read(hub, store, present)

    async def settle() -> None:
        """All that was committed is published, and everything arrives."""
        await turns(10)  # whoever has just come has begun
        wire.publish(life[store.stored])
        wire.catch_up(hub)
        await turns(30)
        assert [reader.seen[-1] for reader, _ in readers] == [life[store.stored]] * len(readers)

    for step, number in schedule:
        match step:
            case "commit" | "news":
                store.stored = min(store.stored + 1, len(life) - 2)
                if step == "news":  # in no time
                    wire.publish(life[store.stored])
                    wire.catch_up(hub)
            case "arrive":
                wire.catch_up(hub)
            case "publish":
                wire.publish(life[store.stored])
            case "handle":
                wire.handle()
            case "deliver":
                wire.deliver(hub)
            case "join":
                store.before, store.behind = number % 3, number % 2
                reader = Reader(slowness=slowness, after=-1)
                readers.append((reader, asyncio.create_task(come(reader, number))))
            case "leave" if readers:
                _, task = readers.pop(number % len(readers))
                task.cancel()
            case "settle":
                await settle()
        await turns(number % 2)
    await settle()
    store.stored = len(life) - 1
    await settle()
    await asyncio.gather(*(task for _, task in readers))
    await turns(10)
    assert (hub.readers, hub.watched) == (0, 0)


async def test_status_given_to_a_stream_saves_its_first_read_until_the_gap(hub: Hub) -> None:
    store, reader = Store([a_job(version=1), a_job("completed", 2)]), Reader(slowness=0, after=-1)
    reading = asyncio.create_task(reader.read(hub, store, store.life[0]))
    await async_until(lambda: reader.seen == store.life[:1])
    assert (store.reads, hub.awaits_gap("s")) == (0, True)
    store.stored = 1
    hub.deliver(Gap("s"))
    await reading
    assert (store.reads, reader.seen) == (1, store.life)


async def test_stream_that_joins_a_confirmed_topic_reads_after_it_registered(hub: Hub) -> None:
    store, first, second = Store([a_job(version=1), a_job(version=2)]), *(Reader(slowness=0, after=-1) for _ in "ab")
    readings = [asyncio.create_task(first.read(hub, store, store.life[0]))]
    await async_until(lambda: first.seen)
    hub.deliver(Gap("s"))
    assert not hub.awaits_gap("s")
    store.stored = 1
    readings.append(asyncio.create_task(second.read(hub, store, store.life[0])))
    await async_until(lambda: second.seen)
    assert second.seen == store.life[1:]
    for reading in readings:
        reading.cancel()
    await asyncio.gather(*readings, return_exceptions=True)


async def test_topic_that_nobody_reads_any_more_awaits_its_gap_again(hub: Hub) -> None:
    assert not hub.awaits_gap("s")
    for _ in range(2):
        with hub.subscribe("s", "ada"), hub.subscribe("s", "bob"):
            assert (hub.awaits_gap("s"), hub.awaits_gap("t")) == (True, False)
            hub.deliver(Gap())  # of messages that were lost: of the subscription it says nothing
            assert hub.awaits_gap("s")
            hub.deliver(Gap("s"))
            assert not hub.awaits_gap("s")
    with hub.subscribe("s", "ada"):
        pass
    assert not hub.awaits_gap("s")


async def test_status_given_to_a_stream_that_the_reader_has_is_not_said_again(hub: Hub) -> None:
    store, reader = Store([a_job(version=5), a_job("completed", 6)], stored=1), Reader(slowness=0, after=5)
    reading = asyncio.create_task(reader.read(hub, store, store.life[0]))
    await turns(5)
    assert (reader.seen, store.reads) == ([], 0)
    hub.deliver(Gap("s"))
    await reading
    assert reader.seen == store.life[1:]


async def test_stream_reads_its_present_status_where_no_gap_is_to_come() -> None:
    world, old = World(), a_job(version=1)
    world.store.status = newest = a_job(version=2)
    readings = [world.open(present=old)]
    await async_until(lambda: readings[0].versions == [1])
    world.hub.deliver(Gap("s"))
    await async_until(lambda: readings[0].versions == [1, 2])
    assert world.store.reads == 1
    readings.append(world.open(present=old))
    await async_until(lambda: readings[1].versions)
    assert (readings[1].versions, world.store.reads) == ([newest.version], 2)
    world.publish(a_job("completed", 3))
    for reading in readings:
        await reading.ends()
