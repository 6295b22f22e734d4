"""What a poll of one job says about waiting: `Preference-Applied`, whether it was held or not."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from playhead.live.errors import Problem
from playhead.live.policy import Reason
from playhead.live.poll import Waits
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job
from tests.unit.live.world import World

APPLIED = "Preference-Applied"


@pytest.fixture
async def world() -> World:
    world = World(waits=Waits(per_user=1))
    world.gate.long_poll = True
    return world


async def held(world: World, **headers: str) -> asyncio.Task:
    """A poll that waits."""
    tag = (await world.poll()).headers["ETag"]
    task = asyncio.create_task(world.poll(if_none_match=tag, **{"prefer": "wait=20", **headers}))
    await async_until(lambda: world.hub.watched)
    return task


@pytest.mark.parametrize(("prefer", "applied"), [("wait=20", "wait=20"), ("wait=90", "wait=25"), ("wait=07", "wait=7")])
async def test_first_answer_says_that_waiting_is_allowed(world: World, prefer: str, applied: str) -> None:
    answer = await world.poll(prefer=prefer)
    assert (answer.status, answer.headers[APPLIED]) == (200, applied)


async def test_held_answers_say_so_too_also_a_304(world: World) -> None:
    changed = await held(world)
    world.publish(a_job(version=1_000_002))
    assert ((await changed).status, (await changed).headers[APPLIED]) == (200, "wait=20")
    unchanged = await held(world, prefer="wait=1")
    assert ((await unchanged).status, (await unchanged).headers[APPLIED]) == (304, "wait=1")


async def test_waiting_is_allowed_whatever_transport_is_named(world: World) -> None:
    named = set()
    for reason in (Reason.FLAG_ON, Reason.FLAG_OFF, Reason.KILL_SWITCH):
        world.gate.answer = reason
        answer = await world.poll(prefer="wait=20")
        named.add(answer.headers["Playhead-Transport"].partition(";")[0])
        assert answer.headers[APPLIED] == "wait=20"
    assert named == {"stream", "wait"}


def _forbid(world: World) -> None:
    world.gate.long_poll = False


REFUSALS: dict[str, Callable[[World], object]] = {
    "the person may not": _forbid,
    "the job is final": lambda world: world.publish(a_job("completed", 1_000_002)),
    "the process drains": lambda world: world.hub.drain(),
}


@pytest.mark.parametrize("why", REFUSALS)
@pytest.mark.parametrize("is_known", [True, False])
async def test_answer_at_once_names_no_preference(world: World, why: str, is_known: bool) -> None:
    REFUSALS[why](world)
    tag = (await world.poll()).headers["ETag"]
    answer = await world.poll(prefer="wait=20", if_none_match=tag if is_known else '"other"')
    assert (answer.status, APPLIED in answer.headers) == (304 if is_known else 200, False)
    assert world.hub.watched == 0


async def test_without_the_preference_none_is_named(world: World) -> None:
    assert APPLIED not in (await world.poll()).headers


@pytest.mark.parametrize("why", REFUSALS)
async def test_held_answer_does_not_promise_the_next_wait(world: World, why: str) -> None:
    waiting = await held(world)
    REFUSALS[why](world)
    world.hub.check()
    world.publish(a_job("completed", 1_000_002) if why == "the job is final" else a_job(version=1_000_002))
    assert APPLIED not in (await waiting).headers


async def test_person_without_a_free_slot_is_not_held_and_reads_so(world: World) -> None:
    with ExitStack() as taken:
        assert taken.enter_context(world.endpoints.waits.slot("ada"))
        tag = (await world.poll()).headers["ETag"]
        answer = await world.poll(prefer="wait=20", if_none_match=tag)
        assert (answer.status, APPLIED in answer.headers) == (304, False)
    assert (await world.poll(prefer="wait=20")).headers[APPLIED] == "wait=20"


async def test_who_signed_out_while_waiting_reads_nothing_more(world: World) -> None:
    waiting = await held(world)
    world.store.logins.clear()
    world.publish(a_job(version=1_000_002))
    with pytest.raises(Problem, match="sign in"):
        await waiting
    with world.endpoints.waits.slot("ada") as has_slot:
        assert has_slot, "it was given back"
