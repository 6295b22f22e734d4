"""Orders of people: each recorded with its reason, those that need no slider at once, and never two at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from playhead.flags.answers.rollout import FLAG
from playhead.rollout.orders import BUSY, NONE, Orders
from playhead.rollout.plan import default_text
from playhead.rollout.ports import Position, Refused, Unreachable
from playhead.rollout.record import State
from tests.unit.rollout.world import ADA, BAKE_S, FIRST, LOOK_S, WHY, World

DELIVERED = Position(100, FLAG)
AT_ONCE_S = 1.0
"""Far below what a hanging request takes."""

Order = Callable[[Orders], Awaitable[None]]


def move(orders: Orders) -> Awaitable[None]:
    return orders.move(ADA, 25, WHY)


def stop(orders: Orders) -> Awaitable[None]:
    return orders.stop(ADA, WHY)


def hold(orders: Orders) -> Awaitable[None]:
    return orders.hold(ADA, WHY)


def resume(orders: Orders) -> Awaitable[None]:
    return orders.resume(ADA, WHY)


async def test_start_draws_other_people_at_the_first_share(world: World) -> None:
    await world.start()
    await world.orders.stop(ADA, WHY)
    await world.start()
    again = Position(5, f"{FLAG}.r2")
    assert world.slider.moves == [FIRST, again]
    first = (await world.decisions())[0]
    assert (first.by, first.reason, first.origin, first.target) == (ADA, WHY, DELIVERED, FIRST)
    assert (await world.rollout()).position == again


async def test_dry_run_is_the_default_and_moves_nothing(world: World) -> None:
    await world.orders.start(ADA, WHY)
    rollout = await world.rollout()
    assert rollout.is_dry_run
    assert rollout.position == DELIVERED
    assert world.slider.moves == []


async def test_second_start_is_refused(world: World) -> None:
    await world.start()
    with pytest.raises(Refused, match="stop it first"):
        await world.start()
    assert world.slider.moves == [FIRST]


async def test_two_starts_at_once_begin_one_rollout(world: World) -> None:
    both = await asyncio.gather(world.start(), world.start(), return_exceptions=True)
    assert sorted(type(one).__name__ for one in both) == ["NoneType", "Refused"]
    assert world.slider.moves == [FIRST]


async def test_plan_with_problems_is_not_started(world: World) -> None:
    plan = default_text().replace("people = 60", "people = 2")
    with pytest.raises(Refused, match="plan"):
        await Orders(world.acts(), lambda: plan).start(ADA, WHY, is_dry_run=False)
    assert world.slider.moves == []


async def test_slider_that_cannot_be_moved_allows_only_a_dry_run(world: World) -> None:
    world.slider.limit = "There is no token."
    with pytest.raises(Refused, match="no token"):
        await world.start()
    await world.start(is_dry_run=True)


async def test_start_out_of_reach_records_nothing(world: World) -> None:
    world.slider.away = True
    with pytest.raises(Unreachable):
        await world.start()
    assert await world.decisions() == []


@pytest.mark.parametrize("order", [move, stop, hold, resume])
async def test_order_without_a_rollout_is_refused(world: World, order: Order) -> None:
    with pytest.raises(Refused, match=NONE):
        await order(world.orders)


async def test_move_goes_on_in_the_stage_of_the_share(world: World) -> None:
    await world.start()
    await world.orders.move(ADA, 30, WHY)
    rollout = await world.rollout()
    assert (rollout.state, rollout.stage, rollout.position) == (State.RUNNING, 2, Position(30, FIRST.group))
    assert (await world.told())[-1] == "move acted"
    await world.harm()
    assert await world.outcomes() == ["rolled_back"]


async def test_move_in_a_dry_run_is_refused(world: World) -> None:
    await world.start(is_dry_run=True)
    with pytest.raises(Refused, match="--rollout 25"):
        await move(world.orders)


async def test_move_to_where_it_is_is_refused(world: World) -> None:
    await world.start()
    with pytest.raises(Refused, match="5% already"):
        await world.orders.move(ADA, 5, WHY)


async def test_two_moves_at_once_are_done_one_after_another_or_refused(world: World) -> None:
    await world.start()
    other = Orders(world.acts())
    await asyncio.gather(world.orders.move(ADA, 25, WHY), other.move("bob", 50, WHY), return_exceptions=True)
    done = [one for one in await world.decisions() if one.decision == "move"]
    assert [one.state for one in done] == ["acted"] * len(done)
    assert [one.target for one in done] == world.slider.moves[1:]
    assert (await world.rollout()).position == world.slider.position


async def test_move_while_the_slider_hangs_is_refused_in_time(world: World) -> None:
    await world.start()
    world.slider.hangs = True
    leader = asyncio.create_task(world.actor.round())
    world.pass_s(LOOK_S)
    await world.slider.hanging.wait()
    async with asyncio.timeout(AT_ONCE_S):
        with pytest.raises(Refused, match=BUSY):
            await move(world.orders)
    await end(leader)


async def test_move_finishes_first_what_was_recorded(world: World) -> None:
    await world.start()
    await recorded(world, move(world.orders))
    world.pass_s(100)
    await world.orders.move("bob", 50, WHY)
    assert (await world.told())[1:] == ["move acted", "move acted"]
    assert world.slider.moves[1:] == [Position(25, FIRST.group), Position(50, FIRST.group)]


async def test_started_by_a_killed_process_it_is_begun_by_a_round(world: World) -> None:
    await recorded(world, world.start())
    assert await world.told() == ["start recorded"]
    await world.look(100)
    assert await world.told() == ["start acted"]
    assert (await world.rollout()).position == FIRST


async def test_hold_stays_until_a_person_resumes(world: World) -> None:
    await world.start()
    await hold(world.orders)
    await world.bake()
    await world.look()
    assert ((await world.rollout()).state, (await world.rollout()).held_by) == (State.HELD, "person")
    with pytest.raises(Refused, match="already"):
        await hold(world.orders)
    await resume(world.orders)
    await world.look()
    assert world.slider.moves == [FIRST]
    await world.bake()
    assert world.slider.moves == [FIRST, Position(10, FIRST.group)]
    with pytest.raises(Refused, match="already"):
        await resume(world.orders)


async def test_hold_overtakes_an_advance_that_is_recorded(world: World) -> None:
    await world.start()
    await world.people(stream=100, poll=60)
    world.pass_s(600)
    await recorded(world, world.actor.round())
    await hold(world.orders)
    await world.look(100)
    await world.look()
    assert world.slider.moves == [FIRST]
    assert (await world.told())[1:] == ["advance overtaken", "hold acted"]


async def test_resume_after_a_hand_goes_on_from_where_it_put_the_slider(world: World) -> None:
    await world.start()
    world.slider.position = Position(50, FIRST.group)
    await world.look()
    with pytest.raises(Refused, match="by hand"):
        await hold(world.orders)
    await resume(world.orders)
    rollout = await world.rollout()
    assert (rollout.state, rollout.stage, rollout.share) == (State.RUNNING, 3, 50)
    await world.harm()
    assert await world.outcomes() == ["rolled_back"]


async def test_stop_leaves_the_slider(world: World) -> None:
    await world.start()
    await stop(world.orders)
    await world.harm()
    assert await world.outcomes() == ["stopped"]
    assert world.slider.moves == [FIRST]
    assert (await world.told())[-1] == "stop acted"


async def running(world: World) -> None:
    await world.start()


async def held(world: World) -> None:
    await world.start()
    await hold(world.orders)


async def manual(world: World) -> None:
    await world.start()
    world.slider.position = Position(50, FIRST.group)
    await world.look()


async def dry(world: World) -> None:
    await world.start(is_dry_run=True)


async def waiting(world: World) -> None:
    await recorded(world, world.start())


@pytest.mark.parametrize("state", [running, held, manual, dry, waiting])
async def test_stop_is_at_once_while_a_round_hangs(world: World, state: Callable[[World], Awaitable[None]]) -> None:
    await state(world)
    world.slider.hangs = True
    world.pass_s(100)
    leader = asyncio.create_task(world.actor.round())
    await world.slider.hanging.wait()
    async with asyncio.timeout(AT_ONCE_S):
        await stop(world.orders)
    assert await world.outcomes() == ["stopped"]
    moved = [*world.slider.moves]
    await end(leader)
    world.slider.hangs = False
    await world.look(100)
    assert world.slider.moves == moved


async def test_person_is_quicker_than_a_look_that_hangs(world: World) -> None:
    await world.start()
    await world.people(stream=100, poll=60)
    await quicker(world, world.actor.round(), hold(world.orders))
    assert world.slider.moves == [FIRST]
    assert ((await world.rollout()).held_by, (await world.told())[1:]) == ("person", ["hold acted"])


@pytest.mark.parametrize("order", [stop, hold])
async def test_person_is_quicker_than_an_act_that_hangs(world: World, order: Order) -> None:
    await world.start()
    await world.people(stream=100, poll=60)
    world.pass_s(BAKE_S)
    await recorded(world, world.actor.round())
    await quicker(world, world.actor.round(), order(world.orders))
    assert world.slider.moves == [FIRST]
    assert "advance overtaken" in await world.told()


async def quicker(world: World, doing: Awaitable[None], order: Awaitable[None]) -> None:
    """An order while a round hangs, which then goes on."""
    world.pass_s(BAKE_S)
    world.slider.hangs = True
    task = asyncio.ensure_future(doing)
    await world.slider.hanging.wait()
    await order
    world.slider.go_on()
    await task


async def recorded(world: World, doing: Awaitable[None]) -> None:
    """A process that is killed after it recorded what it was to do."""
    world.slider.dies = "before_move"
    task = asyncio.ensure_future(doing)
    await world.slider.hanging.wait()
    await end(task)
    world.slider.dies = None
    world.slider.hanging.clear()


async def end(task: "asyncio.Future[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
