"""What an observer learns of polls and of the policy's answers."""

import asyncio

import pytest

from playhead.live.endpoints import Visitor
from playhead.live.errors import Problem
from playhead.live.http import Request
from playhead.live.policy import Reason
from playhead.live.poll import Waits
from tests.support.observer import FailingObserver, RecordingObserver
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job
from tests.unit.live.world import ADA, World

STREAM, WAIT, POLL = "stream; reason=flag_on", "wait; reason=flag_off", "poll; reason=flag_off"
ALL = f"of:{ADA.id}"


@pytest.fixture
def observer() -> RecordingObserver:
    return RecordingObserver()


@pytest.fixture
async def world(observer: RecordingObserver) -> World:
    return World(observer=observer, waits=Waits(per_user=1))


async def test_poll_is_reported_with_what_it_brought(world: World, observer: RecordingObserver) -> None:
    first = await world.poll()
    await world.poll(if_none_match=first.headers["ETag"])
    assert observer.calls == [
        ("chosen", STREAM),
        ("polled", "s", ADA.id, "poll", "changed", len(first.body), 1_000_001, False),
        ("chosen", STREAM),
        ("polled", "s", ADA.id, "poll", "unchanged", 0, 1_000_001, False),
    ]


async def test_poll_of_a_final_status_is_reported_as_final(world: World, observer: RecordingObserver) -> None:
    world.store.status = a_job("completed", 1_000_009)
    answer = await world.poll()
    assert observer.calls == [
        ("chosen", "poll; reason=final"),
        ("polled", "s", ADA.id, "poll", "changed", len(answer.body), 1_000_009, True),
    ]


async def test_poll_of_all_jobs_is_reported_with_its_person(world: World, observer: RecordingObserver) -> None:
    first = await world.poll_all()
    await world.poll_all(if_none_match=first.headers["ETag"])
    assert observer.calls[1::2] == [
        ("polled", ALL, ADA.id, "poll", "changed", len(first.body), -1, False),
        ("polled", ALL, ADA.id, "poll", "unchanged", 0, -1, False),
    ]


async def test_held_poll_is_reported_once_with_what_it_brought(world: World, observer: RecordingObserver) -> None:
    world.gate.answer, world.gate.long_poll = Reason.FLAG_OFF, True
    tag = (await world.poll(prefer="wait=20")).headers["ETag"]
    observer.calls.clear()
    held = asyncio.create_task(world.poll(if_none_match=tag, prefer="wait=20"))
    await async_until(lambda: world.endpoints.waits.open == 1)
    assert observer.calls == []
    at_once = await world.poll(prefer="wait=20")  # all places are taken
    world.publish(a_job(version=1_000_002))
    answer = await held
    assert world.endpoints.waits.open == 0
    assert observer.calls == [
        ("chosen", WAIT),
        ("polled", "s", ADA.id, "poll", "changed", len(at_once.body), 1_000_001, False),
        ("chosen", WAIT),
        ("polled", "s", ADA.id, "wait", "changed", len(answer.body), 1_000_002, False),
    ]


async def test_wait_without_a_change_is_reported_as_unchanged(world: World, observer: RecordingObserver) -> None:
    world.gate.long_poll = True
    tag = (await world.poll()).headers["ETag"]
    await world.poll(if_none_match=tag, prefer="wait=1")
    assert observer.calls[-1] == ("polled", "s", ADA.id, "wait", "unchanged", 0, 1_000_001, False)


async def test_wait_whose_login_ends_is_reported_as_refused(world: World, observer: RecordingObserver) -> None:
    world.gate.long_poll = True
    tag = (await world.poll()).headers["ETag"]
    observer.calls.clear()
    held = asyncio.create_task(world.poll(if_none_match=tag, prefer="wait=20"))
    await async_until(lambda: world.endpoints.waits.open)
    world.store.logins.clear()
    world.publish(a_job(version=1_000_002))
    with pytest.raises(Problem):
        await held
    assert observer.calls == [("polled", "s", ADA.id, "wait", "refused", 0, 1_000_001, False)]


async def test_poll_of_a_store_that_is_gone_is_reported_as_refused(world: World, observer: RecordingObserver) -> None:
    world.store.gone = True
    with pytest.raises(ConnectionError):
        await world.poll_all()
    assert observer.calls == [("polled", ALL, ADA.id, "poll", "refused", 0, -1, False)]


@pytest.mark.parametrize(
    ("flag", "reason"),
    [(Reason.FLAG_ON, STREAM), (Reason.FLAG_OFF, POLL), (Reason.KILL_SWITCH, "poll; reason=kill_switch")],
)
async def test_answer_to_a_stream_is_reported(
    world: World, observer: RecordingObserver, flag: Reason, reason: str
) -> None:
    world.gate.answer = flag
    await ask_for_streams(world)
    assert observer.calls == [("chosen", reason)] * 2


async def test_refusal_of_a_stream_is_reported(world: World, observer: RecordingObserver) -> None:
    world.hub.drain()
    with pytest.raises(Problem):
        await ask_for_streams(world)
    assert observer.calls == [("chosen", "poll; reason=draining")]


async def test_questions_about_the_policy_are_not_reported(world: World, observer: RecordingObserver) -> None:
    world.transports.decide(ADA, None)
    assert observer.calls == []


async def test_errors_of_an_observer_do_not_reach_who_polls() -> None:
    observer = FailingObserver()
    world = World(observer=observer)
    assert (await world.poll()).status == 200
    assert [name for name, *_ in observer.calls] == ["chosen", "polled"]


async def ask_for_streams(world: World) -> None:
    """Ask for the stream of one job, then for that of all."""
    request = Request(method="GET", path="/", headers={}, query={}, address="192.0.2.1", http_version="1.1", scope={})

    async def recheck(last: object) -> None:
        return None

    visitor = Visitor(ADA, recheck)
    await world.endpoints.stream(request, visitor, a_job())
    await world.endpoints.stream_all(request, visitor)
