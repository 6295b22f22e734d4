"""From the present status to the final one, without a seam, whatever the broker and the store do meanwhile."""

import asyncio
import contextlib
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playhead.live.broker.memory import MemorySender, MemorySubscriber
from playhead.live.broker.ports import Gap
from playhead.live.errors import Problem
from playhead.live.follow import QUIET_HEARTBEATS, follow
from playhead.live.hub import Hub
from playhead.live.inbox import Signal
from playhead.live.job import Job
from playhead.live.reading import job_not_found
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job, published
from tests.unit.live.following import Reader, Store, turns

TURNS = 60
"""Of the event loop, after the last word: more than the slowest of these readers needs."""
STAGES = ["reading", "importing", "importing", "retrying", "finishing"]


STEPS = st.one_of(
    st.just(("commit", 0)),
    st.tuples(st.just("deliver"), st.integers(0, 12)),  # of what was committed: late, twice, in any order, or never
    st.just(("gap", 0)),
    st.just(("heartbeat", 0)),
    st.tuples(st.just("fail"), st.integers(0, 3)),
    st.tuples(st.just("slow"), st.integers(0, 5)),
    st.tuples(st.just("join"), st.integers(0, 9)),
    st.tuples(st.just("leave"), st.integers(0, 9)),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(STAGES), min_size=1, max_size=8),
    st.lists(st.tuples(STEPS, st.integers(0, 4)), max_size=50),
    st.sampled_from(["gap", "deliver", "lost"]),
)
def test_every_reader_ends_with_the_final_status(
    stages: list[str], schedule: list[tuple[tuple[str, int], int]], last_word: str
) -> None:
    # Every other stage by another attempt: what a lost one still says comes late, and is older.
    life = [a_job(stage, n // 2 * 1_000_000 + n) for n, stage in enumerate([*stages, "completed"], start=1)]
    asyncio.run(_play(life, schedule, last_word))


async def _play(life: list[Job], schedule: list[tuple[tuple[str, int], int]], last_word: str) -> None:
    hub: Hub[Job] = Hub(MemorySubscriber(MemorySender()), heartbeat_s=3600)
    store = Store(life)
    readers: list[tuple[Reader, asyncio.Task[None]]] = []
    left: set[int] = set()

    def join(number: int) -> None:
        after = number % 2 * life[store.stored].version - 1
        reader = Reader(slowness=number % 4, after=after, has_connection=number % 3 == 0)
        present = life[store.stored] if number % 5 < 2 else None
        readers.append((reader, asyncio.create_task(reader.read(hub, store, present))))

    join(0)
    for (step, number), pause in schedule:
        match step:
            case "commit":
                store.stored = min(store.stored + 1, len(life) - 1)
            case "deliver":
                hub.deliver(published(life[min(number, store.stored)]))
            case "gap":
                hub.deliver(Gap("s"))
            case "heartbeat":
                _heartbeat(hub)
            case "fail":
                store.failures = number
            case "slow":
                store.before, store.behind = number, 5 - number
            case "join":
                join(number)
            case "leave":
                readers[number % len(readers)][1].cancel()
                left.add(number % len(readers))
        await turns(pause)

    store.stored = len(life) - 1
    if last_word != "lost":
        hub.deliver(published(life[-1]) if last_word == "deliver" else Gap("s"))
    for _ in range(TURNS):
        await turns(10)
        _heartbeat(hub)
    tasks = [task for _, task in readers]
    assert all(task.done() for task in tasks)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert (hub.readers, hub.watched) == (0, 0)
    for number, (reader, _) in enumerate(readers):
        versions = [status.version for status in reader.seen]
        assert versions == sorted(set(versions))
        assert all(version > reader.after for version in versions)
        if number not in left:
            assert outcomes[number] is None
            assert reader.seen[-1] is life[-1]
            assert not any(status.is_final for status in reader.seen[:-1])


def _heartbeat(hub: Hub) -> None:
    for inbox in hub.inboxes():
        inbox.signal(Signal.HEARTBEAT)


@pytest.fixture
async def hub() -> Hub:
    return Hub(MemorySubscriber(MemorySender()), heartbeat_s=3600)


async def test_present_status_is_said_at_once_and_every_stage_after_it(hub: Hub) -> None:
    life = [a_job(stage, version) for version, stage in enumerate([*STAGES, "canceled"], start=1)]
    reader = Reader(slowness=0, after=-1)
    reading = asyncio.create_task(reader.read(hub, Store(life)))
    await async_until(lambda: reader.seen == life[:1])
    for status in life:
        hub.deliver(published(status))
    await reading
    assert [status.stage for status in reader.seen] == [
        "reading",
        "importing",
        "retrying",
        "finishing",
        "canceled",
    ]


async def test_old_end_of_a_session_that_was_queued_again_is_not_its_end(hub: Hub) -> None:
    failed, queued, done = a_job("failed", 5), a_job("queued", 6), a_job("completed", 7)
    reader = Reader(slowness=0, after=-1)
    reading = asyncio.create_task(reader.read(hub, Store([queued])))
    await async_until(lambda: reader.seen == [queued])
    hub.deliver(published(failed))
    await turns(5)
    assert not reading.done()
    hub.deliver(published(done))
    await reading
    assert reader.seen == [queued, done]


async def test_end_that_is_known_already_ends_it_without_a_word(hub: Hub) -> None:
    done = a_job("completed", 5)
    reader = Reader(slowness=0, after=5)
    await reader.read(hub, Store([done]))
    assert reader.seen == []


async def test_job_that_was_deleted_is_a_404_and_frees_everything(hub: Hub) -> None:
    async def gone(job_id: str) -> Job:
        raise job_not_found()

    with pytest.raises(Problem, match="no such job"), hub.subscribe("s", "ada") as inbox:
        await anext(follow(inbox, gone))
    assert (hub.readers, hub.watched) == (0, 0)


async def test_store_that_cannot_be_read_is_read_again_at_the_next_heartbeat(hub: Hub) -> None:
    store = Store([a_job(version=3)], failures=2)
    with hub.subscribe("s", "ada") as inbox:
        async with aclosing(follow(inbox, store.read)) as feed:
            for _ in range(2):
                inbox.signal(Signal.HEARTBEAT)
                assert await anext(feed) is Signal.HEARTBEAT
            assert await anext(feed) is store.life[0]


async def test_lost_message_is_healed_within_two_heartbeats(hub: Hub) -> None:
    store = Store([a_job(version=3), a_job("completed", 4)])
    with hub.subscribe("s", "ada") as inbox:
        async with aclosing(follow(inbox, store.read)) as feed:
            assert await anext(feed) is store.life[0]
            store.stored = 1
            for _ in range(QUIET_HEARTBEATS):
                inbox.signal(Signal.HEARTBEAT)
                assert await anext(feed) is Signal.HEARTBEAT
            assert await anext(feed) is store.life[1]
            assert store.reads == 2


async def test_store_is_not_read_again_while_statuses_keep_coming(hub: Hub) -> None:
    store = Store([a_job(version=1)])
    with hub.subscribe("s", "ada") as inbox:
        async with aclosing(follow(inbox, store.read)) as feed:
            await anext(feed)
            for version in range(2, 9):
                inbox.signal(Signal.HEARTBEAT)
                assert await anext(feed) is Signal.HEARTBEAT
                inbox.put(status := a_job(version=version))
                assert await anext(feed) is status
    assert store.reads == 1


async def test_what_the_broker_brings_is_said_while_the_store_cannot_be_read(hub: Hub) -> None:
    store = Store([a_job(version=3)], failures=99)
    reader = Reader(slowness=0, after=-1)
    reading = asyncio.create_task(reader.read(hub, store))
    await turns(3)
    status, done = a_job(version=4), a_job("completed", 5)
    hub.deliver(published(status))
    await async_until(lambda: reader.seen == [status])
    hub.deliver(published(done))
    await reading


async def test_reader_that_hangs_up_frees_everything_wherever_it_waits(hub: Hub) -> None:
    for wait in range(6):
        store = Store([a_job(version=1)], before=2, behind=2)
        reading = asyncio.create_task(Reader(slowness=1, after=-1).read(hub, store))
        await turns(wait)
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading
        assert (hub.readers, hub.watched) == (0, 0)
