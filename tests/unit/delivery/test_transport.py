"""What is decided for one person at this moment, and who is let in."""

import contextlib

import pytest

from playhead.errors import Problem
from playhead.flags.answers.gate import StreamAnswer
from tests.unit.delivery.world import ADA, PER_PROCESS, World


@pytest.fixture
async def world() -> World:
    return World()


def refusal(world: World) -> tuple[int, str]:
    with pytest.raises(Problem) as refused:
        world.transports.admit()
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
    world.transports.admit()
    world.hub.drain()
    assert world.transports.decide(ADA).header == "poll; reason=draining"
    assert refusal(world) == (503, "draining")


async def test_process_that_is_full_lets_nobody_in(world: World) -> None:
    with contextlib.ExitStack() as others:
        for number in range(PER_PROCESS):
            world.transports.admit()
            others.enter_context(world.hub.subscribe("s", f"u{number}"))
        assert world.transports.decide(ADA).header == "poll; reason=at_capacity"
        assert refusal(world) == (503, "at_capacity")
    world.transports.admit()
