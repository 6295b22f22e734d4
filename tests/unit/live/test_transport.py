"""What is decided for one person and path at this moment, and which streams are admitted."""

import contextlib
from http import HTTPStatus

import pytest

from playhead.live.errors import Problem
from playhead.live.path import StreamOrigin
from playhead.live.policy import GoodbyeReason, Next, Reason, StreamOriginUse
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


@pytest.mark.parametrize("use", StreamOriginUse)
async def test_buffered_path_streams_by_ticket_while_that_of_the_origin_delivers(
    world: World, use: StreamOriginUse
) -> None:
    origin = world.transports.stream_origin = StreamOrigin("https://streams.example.org:8443", use)
    assert origin.path.key == "streams.example.org~-~-~-"
    for own, of_origin, header, here, there in (
        (True, None, "stream; reason=flag_on; via=ticket", 204, 200),
        (True, False, "stream; reason=flag_on; via=ticket", 204, 200),
        (True, True, "poll; reason=buffered", 204, 204),
    ):
        world.path_health.of = {PATH: own, origin.path: of_origin}
        assert world.transports.decide(ADA, PATH).header == header
        assert (admitted(world), world.transports.admit(ADA, origin.path).status) == (here, there)


async def test_people_whose_own_path_delivers_are_not_noted_on_the_stream_origin(world: World) -> None:
    origin = world.transports.stream_origin = StreamOrigin("https://streams.example.org", StreamOriginUse.BUFFERED)
    world.path_health.of = {PATH: False, origin.path: True}
    assert world.transports.decide(ADA, PATH).header == "stream; reason=flag_on"
    assert set(world.path_health.asked) == {PATH}
    world.gate.answer = Reason.FLAG_OFF
    world.transports.stream_origin = StreamOrigin(origin.url, StreamOriginUse.ALWAYS)
    assert world.transports.decide(ADA, PATH).header == "poll; reason=flag_off"
    assert set(world.path_health.asked) == {PATH}


@pytest.mark.parametrize("use", StreamOriginUse)
async def test_open_stream_stays_where_it_is_unless_its_path_became_buffered(
    world: World, use: StreamOriginUse
) -> None:
    origin = world.transports.stream_origin = StreamOrigin("https://streams.example.org", use)
    for path in (PATH, origin.path):
        world.path_health.of = {PATH: False, origin.path: False}
        assert world.transports.check(ADA, path) is None
        world.path_health.of[path] = True
        goodbye = world.transports.check(ADA, path)
        assert goodbye is not None
        assert goodbye.reason is GoodbyeReason.BUFFERED
        assert world.transports.check(ADA, path, is_proven=True) is None


async def test_open_stream_may_wait_after_its_end_whatever_the_stream_origin(world: World) -> None:
    world.gate.long_poll = True
    world.transports.stream_origin = StreamOrigin("https://streams.example.org", StreamOriginUse.ALWAYS)
    world.path_health.of = {PATH: True}
    goodbye = world.transports.check(ADA, PATH)
    assert goodbye is not None
    assert goodbye.next is Next.WAIT
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
