"""What is decided for one person at this moment, and who is let in."""

import contextlib

import pytest

from playhead.delivery.transport import Transports
from playhead.errors import Problem
from playhead.flags.gate import StreamAnswer
from tests.unit.delivery.world import ADA, PER_PROCESS, PER_SESSION, PER_USER, World


@pytest.fixture
async def world() -> World:
    return World()


def refusal(world: World) -> tuple[int, str]:
    with pytest.raises(Problem) as refused:
        world.transports.admit(ADA, "s")
    assert refused.value.retry_after_s
    return refused.value.status, refused.value.code


async def test_decision_follows_the_flags(world: World) -> None:
    assert world.transports.decide(ADA).header == "stream; reason=flag_on"
    world.gate.answer = StreamAnswer.FLAG_OFF
    assert world.transports.decide(ADA).header == "poll; reason=flag_off"
    world.gate.long_poll = True
    assert world.transports.decide(ADA).header == "wait; reason=flag_off"
    assert world.transports.decide(ADA, final=True).header == "poll; reason=final"
    world.gate.answer = StreamAnswer.FLAG_ON
    assert world.transports.decide(ADA, prefers_poll=True).header == "wait; reason=client"


async def test_process_that_goes_away_lets_nobody_in(world: World) -> None:
    world.transports.admit(ADA, "s")
    world.hub.drain()
    assert world.transports.decide(ADA).header == "poll; reason=draining"
    assert refusal(world) == (503, "draining")


async def test_process_that_is_full_lets_nobody_in(world: World) -> None:
    with contextlib.ExitStack() as others:
        for number in range(PER_PROCESS):
            world.transports.admit(ADA, "s")
            others.enter_context(world.hub.subscribe("s", f"u{number}"))
        assert world.transports.decide(ADA).header == "poll; reason=at_capacity"
        assert refusal(world) == (503, "at_capacity")
    world.transports.admit(ADA, "s")


async def test_one_session_cannot_take_all_the_streams(world: World) -> None:
    with contextlib.ExitStack() as tabs:
        for number in range(PER_SESSION):
            tabs.enter_context(world.hub.subscribe("s", f"u{number}"))
        world.transports = Transports(
            world.gate, world.hub, streams_per_process=99, streams_per_user=99, streams_per_session=PER_SESSION
        )
        assert refusal(world) == (429, "too_many_streams")
        world.transports.admit(ADA, "another")


async def test_one_person_cannot_take_all_the_streams(world: World) -> None:
    with contextlib.ExitStack() as tabs:
        for _ in range(PER_USER):
            world.transports.admit(ADA, "s")
            tabs.enter_context(world.hub.subscribe("s", "ada"))
        assert refusal(world) == (429, "too_many_streams")
        assert world.transports.decide(ADA).header == "stream; reason=flag_on"
    world.transports.admit(ADA, "s")
