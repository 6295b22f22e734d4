"""One feed, fanned out: nobody is forgotten, and whoever leaves leaves nothing."""

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from playhead.live.broker.memory import MemorySender, MemorySubscriber
from playhead.live.broker.ports import Gap, Received
from playhead.live.hub import CHECK_AT_ONCE, HEARTBEATS_AT_ONCE, Hub
from playhead.live.inbox import FIRST_HEARTBEAT_S, SECOND_HEARTBEAT_EARLIER, Inbox, Signal
from playhead.live.job import Job
from tests.support.clock import Clock
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job

HEARTBEAT_S = 15.0
WRITE_S = 30.0
ALWAYS_DUE = -1.0
"""The heartbeat of an inbox that gets one at every tick."""


class Feed(MemorySubscriber):
    """A subscriber whose calls are written down, and that can be made to break off."""

    def __init__(self, sender: MemorySender) -> None:
        super().__init__(sender)
        self.calls: list[str] = []
        self.surprises: list[Exception] = []

    def watch(self, topic: str) -> None:
        self.calls.append(f"watch {topic}")
        super().watch(topic)

    def unwatch(self, topic: str) -> None:
        self.calls.append(f"unwatch {topic}")
        super().unwatch(topic)

    async def listen(self) -> AsyncGenerator[Received]:
        async with contextlib.aclosing(super().listen()) as feed:
            async for received in feed:
                if self.surprises:
                    raise self.surprises.pop()
                yield received


@pytest.fixture
def sender() -> MemorySender:
    return MemorySender()


@pytest.fixture
async def feed(sender: MemorySender) -> Feed:
    return Feed(sender)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def hub(feed: Feed, clock: Clock) -> AsyncIterator[Hub]:
    hub = Hub(feed, heartbeat_s=HEARTBEAT_S, tick_s=0.01, write_timeout_s=WRITE_S, listen_again_s=0.01, clock=clock)
    running = asyncio.create_task(hub.run())
    await asyncio.sleep(0)
    yield hub
    assert not running.done()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def take(inbox: Inbox, *, unless: Signal | None = Signal.HEARTBEAT) -> Job | Signal:
    """The next thing, heartbeats aside."""
    async with asyncio.timeout(10):
        while (taken := await inbox.take()) is unless:
            pass
        return taken


async def test_each_reader_gets_what_is_sent_of_its_session(hub: Hub, sender: MemorySender) -> None:
    with hub.subscribe("a", "ada") as one, hub.subscribe("a", "bob") as two, hub.subscribe("b", "bob") as other:
        for inbox in (one, two, other):
            assert await take(inbox) is Signal.GAP
        status = a_job(id="a")
        await asyncio.to_thread(sender.send, [(a_job(id="c"), "ada"), (status, "ada")])
        assert await take(one) is await take(two) is status
        sender.send([(status_of_b := a_job(id="b"), "ada")])
        assert await take(other) is status_of_b


async def test_session_is_watched_while_it_has_readers_and_once_for_all(hub: Hub, feed: Feed) -> None:
    with hub.subscribe("a", "ada"):
        with hub.subscribe("a", "bob"):
            assert (hub.readers, hub.watched) == (2, 1)
        assert (hub.readers, hub.watched) == (1, 1)
        assert feed.calls == ["watch a"]
    assert feed.calls == ["watch a", "unwatch a"]


async def test_ten_thousand_readers_that_leave_leave_nothing(hub: Hub, feed: Feed) -> None:
    for number in range(10_000):
        with contextlib.suppress(ConnectionError), hub.subscribe(f"s{number % 7}", f"u{number % 11}") as inbox:
            if number % 3 == 0:
                raise ConnectionError("hung up")
            inbox.signal(Signal.CHECK)
    assert (hub.readers, hub.watched, hub.people) == (0, 0, 0)
    assert inbox.reader is None
    assert feed.calls.count("watch s1") == feed.calls.count("unwatch s1") > 1000


async def test_reader_that_is_canceled_leaves_nothing(hub: Hub) -> None:
    async def read() -> None:
        with hub.subscribe("a", "ada") as inbox:
            while True:
                await inbox.take()

    readers = [asyncio.create_task(read()) for _ in range(10)]
    await async_until(lambda: hub.readers == 10)
    assert hub.readers_of("ada") == 10
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    assert (hub.readers, hub.watched, hub.readers_of("ada")) == (0, 0, 0)


async def test_gap_reaches_the_readers_of_its_session_or_all(hub: Hub) -> None:
    with hub.subscribe("a", "ada") as one, hub.subscribe("b", "ada") as other:
        assert await take(one) is await take(other) is Signal.GAP
        hub.deliver(Gap("a"))
        assert await take(one) is Signal.GAP
        hub.deliver(Gap())
        assert await take(one) is await take(other) is Signal.GAP
        hub.deliver(Gap("nobody's"))


async def test_check_asks_one_person_or_everybody(hub: Hub) -> None:
    with hub.subscribe("a", "ada") as hers, hub.subscribe("a", "bob") as his:
        assert await take(hers) is await take(his) is Signal.GAP
        hub.check_login("ada")
        assert await take(hers) is Signal.LOGIN
        hub.check_login("nobody")
        hub.check()
        assert await take(hers) is await take(his) is Signal.CHECK


async def test_login_that_ended_elsewhere_asks_its_person(hub: Hub, sender: MemorySender) -> None:
    with hub.subscribe("a", "ada") as hers, hub.subscribe("a", "bob") as his:
        assert await take(hers) is await take(his) is Signal.GAP
        await asyncio.to_thread(sender.login_ended, "ada")
        assert await take(hers) is Signal.LOGIN
        hub.check()
        assert await take(his) is Signal.CHECK


async def test_thousands_check_without_keeping_others_waiting(hub: Hub) -> None:
    """Others get their turn between the portions, however many there are."""
    with contextlib.ExitStack() as stack:
        inboxes = [stack.enter_context(hub.subscribe("a", "ada")) for _ in range(10 * CHECK_AT_ONCE)]
        for _ in range(2):  # a change that comes later is another one
            readers = [asyncio.create_task(take(inbox, unless=Signal.GAP)) for inbox in inboxes]
            await asyncio.sleep(0)
            hub.check()
            told = [0]
            while told[-1] < len(readers):
                await asyncio.sleep(0)
                told.append(sum(reader.done() for reader in readers))
            assert max(after - before for before, after in itertools.pairwise(told)) == CHECK_AT_ONCE
            assert {reader.result() for reader in readers} == {Signal.CHECK}


async def test_change_that_comes_in_the_middle_is_asked_of_all(hub: Hub) -> None:
    with contextlib.ExitStack() as stack:
        readers = [stack.enter_context(hub.subscribe("a", "ada")) for _ in range(2 * CHECK_AT_ONCE)]
        hub.check()
        for inbox in readers[: CHECK_AT_ONCE // 2]:
            assert await take(inbox, unless=Signal.GAP) is Signal.CHECK
        hub.check()
        for inbox in readers:
            assert await take(inbox, unless=Signal.GAP) is Signal.CHECK


async def test_drain_reaches_everybody_also_those_who_come_later(hub: Hub) -> None:
    assert not hub.draining
    with hub.subscribe("a", "ada") as one:
        hub.drain()
        assert hub.draining
        assert await take(one) is Signal.DRAIN
    with hub.subscribe("a", "ada") as late:
        assert await take(late) is Signal.DRAIN


async def test_heartbeats_come_soon_after_the_start_and_then_at_their_own_pace(hub: Hub, clock: Clock) -> None:
    with (
        hub.subscribe("a", "ada") as usual,
        hub.subscribe("a", "ada", heartbeat_s=3600.0) as rare,
        hub.subscribe("a", "ada", heartbeat_s=ALWAYS_DUE) as ticks,
    ):
        ticks.heartbeat_at = clock.now

        async def heartbeat(at_s: float) -> tuple[bool, bool]:
            """Whether the two have a heartbeat at that time."""
            before = usual.heartbeat_at, rare.heartbeat_at
            clock.now = at_s
            for _ in range(2):  # the first one may have been there already
                assert await take(ticks, unless=Signal.GAP) is Signal.HEARTBEAT
            return usual.heartbeat_at != before[0], rare.heartbeat_at != before[1]

        assert await heartbeat(FIRST_HEARTBEAT_S - 0.01) == (False, False)
        assert await heartbeat(FIRST_HEARTBEAT_S) == (True, True)
        for inbox in (usual, rare):
            assert await take(inbox, unless=Signal.GAP) is Signal.HEARTBEAT
        second_s = FIRST_HEARTBEAT_S + HEARTBEAT_S
        assert await heartbeat(second_s - SECOND_HEARTBEAT_EARLIER * HEARTBEAT_S - 0.01) == (False, False)
        assert await heartbeat(second_s) == (True, False)
        assert await take(usual, unless=None) is Signal.HEARTBEAT
        assert await heartbeat(second_s + HEARTBEAT_S - 0.01) == (False, False)
        assert await heartbeat(second_s + HEARTBEAT_S) == (True, False)
        assert await take(usual, unless=None) is Signal.HEARTBEAT
        assert await heartbeat(FIRST_HEARTBEAT_S + 3600.0) == (True, True)


async def test_second_heartbeats_of_streams_of_one_moment_are_spread(hub: Hub, clock: Clock) -> None:
    with contextlib.ExitStack() as stack:
        inboxes = [stack.enter_context(hub.subscribe("a", "ada", heartbeat_s=3600.0)) for _ in range(40)]
        clock.now = FIRST_HEARTBEAT_S
        for inbox in inboxes:
            assert await take(inbox, unless=Signal.GAP) is Signal.HEARTBEAT
        due = sorted(inbox.heartbeat_at - clock.now for inbox in inboxes)
    assert due[0] >= (1 - SECOND_HEARTBEAT_EARLIER) * 3600.0
    assert due[-1] <= 3600.0
    halves = Counter(at < (1 - SECOND_HEARTBEAT_EARLIER / 2) * 3600.0 for at in due)
    assert min(halves.values()) >= 5  # by chance once in a million times it is fewer


async def test_heartbeats_of_one_moment_take_turns_of_the_event_loop(hub: Hub, clock: Clock) -> None:
    with contextlib.ExitStack() as stack:
        inboxes = [stack.enter_context(hub.subscribe("a", "ada")) for _ in range(10 * HEARTBEATS_AT_ONCE)]
        told = [0]

        def woken() -> None:
            told[-1] += 1

        for inbox in inboxes:
            assert await inbox.take() is Signal.GAP
            inbox.when_filled(woken)
        clock.now = FIRST_HEARTBEAT_S
        async with asyncio.timeout(5):
            while sum(told) < len(inboxes):
                told.append(0)
                await asyncio.sleep(0)
    assert max(told) == HEARTBEATS_AT_ONCE


async def test_reader_that_stopped_reading_is_cut_off_and_frees_everything(hub: Hub, clock: Clock) -> None:
    never = asyncio.Event()

    async def stall() -> None:
        with hub.subscribe("a", "ada") as inbox:
            inbox.writing_since = clock()
            await never.wait()

    async def read() -> None:
        with hub.subscribe("a", "ada"):
            await never.wait()

    stalled, patient = asyncio.create_task(stall()), asyncio.create_task(read())
    await async_until(lambda: hub.readers == 2)
    clock.now = WRITE_S + 0.01
    await asyncio.wait([stalled], timeout=10)
    assert stalled.cancelled()
    assert not patient.done()
    assert hub.readers == 1
    patient.cancel()
    await asyncio.gather(patient, return_exceptions=True)


async def test_listening_that_breaks_off_begins_again_with_a_gap(hub: Hub, feed: Feed, sender: MemorySender) -> None:
    with hub.subscribe("a", "ada") as inbox:
        assert await take(inbox) is Signal.GAP
        feed.surprises.append(RuntimeError("nobody foresaw this"))
        sender.send([(a_job(version=1, id="a"), "ada")])
        assert await take(inbox) is Signal.GAP
        sender.send([(a_job("completed", 2, id="a"), "ada")])
        taken = await take(inbox)
        assert isinstance(taken, Job)
        assert taken.version == 2
