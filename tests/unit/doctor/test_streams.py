"""The doctor's streams: their events in time, and that they are counted, bounded and ended as all others."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import aclosing

import msgspec
import pytest

from playhead.doctor.patterns import PATTERNS, Pattern
from playhead.doctor.streams import DoctorStreams
from playhead.errors import Problem
from playhead.flags.answers.gate import StreamAnswer
from playhead.live.endpoints import Visitor
from playhead.live.inbox import Signal
from tests.support.event_stream import parse
from tests.unit.delivery.world import ADA, LOGIN, PER_PROCESS, PER_USER, World


@pytest.fixture
async def world() -> World:
    return World()


@pytest.fixture
def streams(world: World) -> DoctorStreams:
    return DoctorStreams(hub=world.hub, transports=world.transports)


def visitor(world: World) -> Visitor:
    async def recheck(_: object) -> object:
        return await world.store.signed_in_as(LOGIN)

    return Visitor(ADA, recheck)


async def rest(frames: AsyncIterator[bytes]) -> list[str]:
    return [event.data for frame in [frame async for frame in frames] for event in parse(frame)]


async def test_short_stream_has_its_events_when_they_are_due(world: World, streams: DoctorStreams) -> None:
    loop, arrived, sent = asyncio.get_running_loop(), [], []
    began = loop.time()
    async for frame in streams.frames(visitor(world), Pattern.SHORT):
        (event,) = parse(frame)
        if event.event == "probe":
            arrived.append(loop.time() - began)
            sent.append(msgspec.json.decode(event.data)["sent_at"])
    due = [step.at_s for step in PATTERNS[Pattern.SHORT]]
    assert len(arrived) == len(due)
    assert all(0 <= at - when < 1 for at, when in zip(arrived, due, strict=True))
    assert sent[-1] - sent[0] == pytest.approx((arrived[-1] - arrived[0]) * 1000, abs=100)
    assert world.hub.readers == 0


async def test_large_stream_differs_by_one_event_of_9_kb(world: World, streams: DoctorStreams) -> None:
    async with aclosing(streams.frames(visitor(world), Pattern.LARGE)) as frames:
        first, filler = await anext(frames), await anext(frames)
    assert parse(first)[0].event == "probe"
    assert parse(filler)[0].event == "filler"
    assert 9 * 1024 < len(filler) < 10 * 1024


async def test_stream_counts_while_it_is_open(world: World, streams: DoctorStreams) -> None:
    async with aclosing(streams.frames(visitor(world), Pattern.LONG)) as frames:
        await anext(frames)
        assert (world.hub.readers, world.hub.readers_of(ADA.id)) == (1, 1)
    assert world.hub.readers == 0


async def test_third_stream_of_a_person_takes_the_place_of_the_oldest(world: World, streams: DoctorStreams) -> None:
    async with contextlib.AsyncExitStack() as stack:
        opened = []
        for _ in range(3):
            opened.append(await stack.enter_async_context(aclosing(streams.frames(visitor(world), Pattern.LONG))))
            await anext(opened[-1])
        (goodbye,) = await rest(opened[0])
        assert '"reason":"replaced"' in goodbye
        assert world.hub.readers_of(ADA.id) == 2


@pytest.mark.parametrize("reason", ["draining", "signed_out", "kill_switch"])
async def test_open_stream_ends_with_what_ends_all_streams(world: World, streams: DoctorStreams, reason: str) -> None:
    async with aclosing(streams.frames(visitor(world), Pattern.LONG)) as frames:
        await anext(frames)
        if reason == "draining":
            world.hub.drain()
        elif reason == "signed_out":
            world.store.logins.clear()
            world.hub.check_login(ADA.id)
        else:
            world.gate.answer = StreamAnswer.KILL_SWITCH
            for inbox in world.hub.inboxes():
                inbox.signal(Signal.CHECK)
        (goodbye,) = await rest(frames)
    assert f'"reason":"{reason}"' in goodbye


async def test_who_polls_may_measure_and_nobody_with_the_kill_switch(world: World, streams: DoctorStreams) -> None:
    for answer in (StreamAnswer.FLAG_ON, StreamAnswer.FLAG_OFF):
        world.gate.answer = answer
        assert streams.refused(ADA) is None
    world.gate.answer = StreamAnswer.KILL_SWITCH
    refused = streams.refused(ADA)
    assert refused is not None
    assert refused.header == "poll; reason=kill_switch"


@pytest.mark.parametrize(("owner", "count"), [("bob", PER_PROCESS), (ADA.id, PER_USER)], ids=["process", "person"])
async def test_stream_is_refused_where_there_is_no_place(
    world: World, streams: DoctorStreams, owner: str, count: int
) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(world.hub.subscribe("s", owner))
        with pytest.raises(Problem) as refusal:
            streams.refused(ADA)
        assert (refusal.value.status, refusal.value.code) == (503, "at_capacity")
    world.hub.drain()
    with pytest.raises(Problem, match="restarting"):
        streams.refused(ADA)
