"""What is decided for one person and path at this moment, and which streams are admitted."""

import contextlib
from http import HTTPStatus

import pytest

from playhead.live.errors import Problem
from playhead.live.policy import Reason
from tests.unit.live.world import ADA, PATH, PER_PROCESS, World


@pytest.fixture
async def world() -> World:
    return World()


def refusal(world: World) -> tuple[int, str]:
    with pytest.raises(Problem) as refused:
        world.transports.admit(ADA, PATH)
    assert refused.value.retry_after_s
    return refused.value.status, refused.value.code


def admitted(world: World) -> HTTPStatus:
    return world.transports.admit(ADA, PATH).status


async def test_decision_follows_the_flags(world: World) -> None:
    assert world.transports.decide(ADA, PATH).header == "stream; reason=flag_on"
    world.gate.answer = Reason.FLAG_OFF
    assert world.transports.decide(ADA, PATH).header == "poll; reason=flag_off"
    assert admitted(world) == 204
    world.gate.long_poll = True
    assert world.transports.decide(ADA, PATH).header == "wait; reason=flag_off"
    assert world.transports.decide(ADA, PATH, final=True).header == "poll; reason=final"
    world.gate.answer = Reason.FLAG_ON
    assert world.transports.decide(ADA, PATH, prefers_poll=True).header == "wait; reason=client"
    assert admitted(world) == 200


async def test_buffered_path_does_not_stream_and_unknown_ones_do(world: World) -> None:
    for answer, header, status in (
        (True, "poll; reason=buffered", 204),
        (False, "stream; reason=flag_on", 200),
        (None, "stream; reason=flag_on", 200),
    ):
        world.path_health.answer = answer
        assert world.transports.decide(ADA, PATH).header == header
        assert admitted(world) == status
        assert world.transports.buffered(PATH, ADA) is answer
    assert set(world.path_health.asked) == {PATH}


async def test_path_of_somebody_else_is_not_weighed(world: World) -> None:
    world.path_health.answer = True
    assert world.transports.decide(ADA, None).header == "stream; reason=flag_on"
    assert world.transports.buffered(None, ADA) is None
    assert not world.path_health.asked


async def test_people_who_may_not_stream_are_no_readers_of_a_path(world: World) -> None:
    world.gate.answer = Reason.FLAG_OFF
    assert world.transports.decide(ADA, PATH).header == "poll; reason=flag_off"
    assert not world.path_health.asked


async def test_draining_process_admits_no_stream(world: World) -> None:
    assert admitted(world) == 200
    world.hub.drain()
    assert world.transports.decide(ADA, PATH).header == "poll; reason=draining"
    assert refusal(world) == (503, "draining")


async def test_full_process_admits_no_stream(world: World) -> None:
    with contextlib.ExitStack() as others:
        for number in range(PER_PROCESS):
            assert admitted(world) == 200
            others.enter_context(world.hub.subscribe("s", f"u{number}"))
        assert world.transports.decide(ADA, PATH).header == "poll; reason=at_capacity"
        assert refusal(world) == (503, "at_capacity")
    assert admitted(world) == 200
