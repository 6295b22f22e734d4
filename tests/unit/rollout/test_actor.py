"""The actor: one step at a time, recorded before it is done, never over a hand, never after a gap.

Over 300 lines, because the whole list of what may happen between two looks is in one file.
"""

import asyncio
from contextlib import suppress
from itertools import count

import pytest
from sqlalchemy import update

from playhead.db import DatabaseGone
from playhead.flags.answers.rollout import FLAG
from playhead.flags.file import documents
from playhead.rollout.actor import STOPPED, Actor
from playhead.rollout.ports import Position
from playhead.rollout.record import ROLLOUTS, State
from tests.support.sliders import AWAY, Moment
from tests.unit.rollout.world import ADA, BAKE_S, FIRST, LOOK_S, TIMINGS, WHY, World

SECOND, BACK = Position(10, FIRST.group), Position(0, FIRST.group)
ELSEWHERE = Position(33, FIRST.group)


async def test_without_a_rollout_a_round_is_one_transaction(world: World) -> None:
    await world.actor.round()
    assert world.database.queries == 1


async def test_proof_advances_by_one_stage_of_the_same_group(world: World) -> None:
    await world.start()
    await world.bake()
    assert world.slider.moves == [FIRST, SECOND]
    assert await world.told() == ["start acted", "advance acted"]
    rollout = await world.rollout()
    assert (rollout.stage, rollout.position, rollout.since) == (1, SECOND, world.moment)


async def test_people_of_the_stage_before_prove_nothing(world: World) -> None:
    await world.start()
    await world.bake()
    await world.look(BAKE_S)
    await world.look()
    assert world.slider.moves == [FIRST, SECOND]


async def test_enough_people_do_not_advance_before_the_bake_is_over(world: World) -> None:
    await world.start()
    await world.people(stream=100, poll=60)
    await world.look(BAKE_S - LOOK_S)
    assert world.slider.moves == [FIRST]
    await world.look()
    assert world.slider.moves == [FIRST, SECOND]


async def test_stages_one_after_another_finish_the_rollout(world: World) -> None:
    await world.start()
    for share in (5, 10, 25, 50):
        assert world.slider.position == Position(share, FIRST.group)
        await world.people(stream=300, poll=60)
        while world.slider.position.share == share:
            await world.look(BAKE_S)
    await world.people(stream=300, poll=0)
    for _ in range(7):
        await world.look(BAKE_S)
    assert await world.outcomes() == ["finished"]
    assert world.slider.position == Position(100, FIRST.group)
    assert (await world.told())[-1] == "finish acted"


async def test_certain_harm_sets_the_share_to_0_and_ends_it(world: World) -> None:
    await world.start()
    await world.harm()
    assert world.slider.moves == [FIRST, BACK]
    assert await world.outcomes() == ["rolled_back"]
    last = (await world.decisions())[-1]
    assert (last.decision, last.state, last.reason, last.by) == ("roll_back", "acted", "mute", "the judge")
    assert "20 of 60 streaming users" in last.sentence


async def test_second_process_does_not_look_within_the_same_time(world: World) -> None:
    await world.start()
    await world.look()
    looked = await world.rollout()
    await world.other.round()
    assert await world.rollout() == looked


async def test_two_processes_at_once_take_one_step(world: World) -> None:
    await world.start()
    await world.people(stream=100, poll=60)
    world.pass_s(BAKE_S)
    await asyncio.gather(world.actor.round(), world.other.round())
    assert world.slider.moves == [FIRST, SECOND]


async def test_process_that_waited_for_the_lease_does_not_look_again(world: World) -> None:
    await world.start()
    world.pass_s(LOOK_S)
    looks = world.slider.reads
    await asyncio.gather(*(Actor(world.acts()).round() for _ in range(8)))
    assert world.slider.reads == looks + 1


# A leader that dies


@pytest.mark.parametrize("when", ["before_move", "after_move"])
async def test_step_of_a_dead_leader_is_done_once_when_its_lease_is_over(world: World, when: Moment) -> None:
    await world.start()
    await world.people(stream=60, poll=60, mute=20)
    world.pass_s(60)
    world.slider.dies = when
    leader = asyncio.create_task(world.actor.round())
    await world.slider.hanging.wait()
    leader.cancel()
    with suppress(asyncio.CancelledError):
        await leader
    world.slider.dies = None
    assert (await world.told())[-1] == "roll_back recorded"
    world.pass_s(LOOK_S)
    await world.other.round()
    assert (await world.told())[-1] == "roll_back recorded"
    world.pass_s(TIMINGS.lease_s)
    await world.other.round()
    assert await world.outcomes() == ["rolled_back"]
    assert world.slider.moves == [FIRST, BACK]


async def test_leader_whose_lease_ran_out_moves_nothing(world: World) -> None:
    await world.start()
    await world.people(stream=60, poll=60, mute=20)
    world.pass_s(60)
    ticks = count(step=TIMINGS.lease_s)
    await Actor(world.acts(lambda: next(ticks))).round()
    assert world.slider.moves == [FIRST]
    await world.look()
    assert world.slider.moves == [FIRST, BACK]


# Hands


@pytest.mark.parametrize("by_hand", [ELSEWHERE, SECOND, BACK, Position(5, "another"), Position(100, FLAG)])
async def test_hand_on_the_slider_wins(world: World, by_hand: Position) -> None:
    await world.start()
    await world.look()
    world.slider.position = by_hand
    await world.look()
    rollout = await world.rollout()
    assert (rollout.state, rollout.position) == (State.MANUAL, by_hand)
    assert (await world.told())[-1] == "manual acted"
    await world.harm()
    await world.harm()
    assert world.slider.moves == [FIRST]


async def test_hand_that_leaves_it_running_is_told_once_of_a_certain_harm(world: World) -> None:
    await world.start()
    world.slider.position = ELSEWHERE
    await world.look()
    for _ in range(3):
        await world.harm()
    assert (await world.told())[1:] == ["manual acted", "roll_back not_acted"]


@pytest.mark.parametrize("hand", ["after_read", "after_move"])
async def test_hand_between_record_and_comparison_wins(world: World, hand: Moment) -> None:
    await world.start()
    await world.people(stream=60, poll=60, mute=20)
    world.slider.hand, world.slider.by_hand = hand, ELSEWHERE
    await world.look(60)
    await world.look()
    assert (await world.rollout()).state is State.MANUAL
    assert world.slider.position == ELSEWHERE
    assert (await world.told())[1:] == ["roll_back overtaken", "manual acted"]


async def test_hand_that_does_the_same_is_no_quarrel(world: World) -> None:
    await world.start()
    await world.people(stream=60, poll=60, mute=20)
    world.slider.hand, world.slider.by_hand = "after_read", BACK
    await world.look(60)
    assert await world.outcomes() == ["rolled_back"]
    assert world.slider.moves == [FIRST]


# Outages


@pytest.mark.parametrize("emergency", [True, False])
async def test_stage_does_not_bake_while_nobody_may_stream(world: World, emergency: bool) -> None:
    await world.start()
    await world.people(stream=100, poll=60)
    await world.look(BAKE_S - LOOK_S)
    world.slider.is_on = emergency
    if emergency:
        await world.database.run(documents.switch_off, ADA, WHY)
    await world.look()
    assert (await world.rollout()).trouble == STOPPED
    world.slider.is_on = True
    await world.database.run(documents.lift)
    await world.look()
    assert world.slider.moves == [FIRST]
    await world.bake()
    assert world.slider.moves == [FIRST, SECOND]


@pytest.mark.parametrize(("kind", "moves"), [("advance", [FIRST]), ("roll_back", [FIRST, BACK])])
async def test_only_a_roll_back_is_done_long_after_it_was_decided(
    world: World, kind: str, moves: list[Position]
) -> None:
    await world.start()
    await world.people(stream=100, poll=60, mute=20 if kind == "roll_back" else 0)
    world.slider.away_to_move = True
    await world.look(BAKE_S)
    assert (await world.told())[-1] == f"{kind} recorded"
    world.slider.away_to_move = False
    for _ in range(3):
        await world.look(TIMINGS.gap_s + LOOK_S)
    assert world.slider.moves == moves


async def test_advance_that_was_done_is_no_less_done_for_being_late(world: World) -> None:
    await world.start()
    await world.people(stream=100, poll=60)
    world.slider.away_to_move = True
    await world.look(BAKE_S)
    world.slider.position = SECOND
    await world.look(TIMINGS.gap_s + LOOK_S)
    assert (await world.told())[-1] == "advance acted"
    assert (await world.rollout()).stage == 1


async def test_plan_of_another_release_moves_nothing_and_says_why(world: World) -> None:
    await world.start()
    await world.database.run(lambda db: db.execute(update(ROLLOUTS).values(plan="of = 'tomorrow'")))
    await world.harm()
    assert "no plan of a rollout" in (await world.rollout()).trouble
    assert world.slider.moves == [FIRST]


async def test_slider_out_of_reach_moves_nothing_and_says_why(world: World) -> None:
    await world.start()
    await world.people(stream=60, poll=60, mute=20)
    world.slider.away = True
    await world.look(60)
    assert (await world.rollout()).trouble == AWAY
    assert world.slider.moves == [FIRST]
    world.slider.away = False
    await world.look()
    assert world.slider.moves == [FIRST, BACK]


@pytest.mark.parametrize("jump_s", [-3600.0, -1.0, BAKE_S + 2, 86400.0])
async def test_clock_jump_or_long_gap_begins_the_evidence_anew(world: World, jump_s: float) -> None:
    await world.start()
    await world.people(stream=100, poll=60)
    await world.look(BAKE_S - LOOK_S)
    await world.look(jump_s)
    rollout = await world.rollout()
    assert rollout.since == world.moment
    await world.look()
    assert world.slider.moves == [FIRST]
    await world.bake()
    assert world.slider.moves == [FIRST, SECOND]


@pytest.mark.parametrize("is_done", [True, False])
async def test_database_lost_at_any_query_leaves_one_step(world: World, is_done: bool) -> None:
    await world.start()
    await world.people(stream=60, poll=60, mute=20)
    world.pass_s(60)
    failed = 0
    for query in range(1, 30):
        world.database.cut(world.database.queries + query, is_done=is_done)
        try:
            await world.actor.round()
        except DatabaseGone:
            failed += 1
        world.database.mend()
        if await world.outcomes():
            break
        world.pass_s(TIMINGS.lease_s + LOOK_S)
    assert failed > 3
    world.pass_s(TIMINGS.lease_s + LOOK_S)
    await world.actor.round()
    assert await world.outcomes() == ["rolled_back"]
    assert world.slider.moves == [FIRST, BACK]


# Dry runs


async def test_dry_run_records_what_it_would_do_once(world: World) -> None:
    world.slider.position = FIRST
    await world.start(is_dry_run=True)
    await world.bake()
    await world.look()
    await world.look()
    assert await world.told() == ["start not_acted", "advance not_acted"]
    last = (await world.decisions())[-1]
    assert (last.origin, last.target) == (FIRST, SECOND)
    assert last.sentence.startswith("Would advance")
    assert world.slider.moves == []


async def test_dry_run_follows_the_slider(world: World) -> None:
    world.slider.position = FIRST
    await world.start(is_dry_run=True)
    await world.look()
    world.slider.position = Position(25, FIRST.group)
    await world.look()
    rollout = await world.rollout()
    assert (rollout.state, rollout.stage, rollout.share) == (State.RUNNING, 2, 25)
    await world.harm()
    assert (await world.told())[-1] == "roll_back not_acted"
    assert world.slider.moves == []


async def test_nobody_is_judged_where_nobody_streams(world: World) -> None:
    world.slider.position = BACK
    await world.start(is_dry_run=True)
    await world.look()
    await world.look()
    assert "nobody streams" in (await world.rollout()).trouble


# Holds


async def test_doubt_holds_and_its_end_resumes(world: World) -> None:
    await world.start()
    await world.people(stream=40, poll=100, mute=3)
    await world.look(60)
    held = await world.rollout()
    assert (held.state, held.held_by) == (State.HELD, "judge")
    await world.people(stream=100, poll=2000, poll_mute=20)
    await world.look(60)
    assert (await world.rollout()).state is State.RUNNING
    assert (await world.told())[1:] == ["hold acted", "resume acted"]


async def test_hold_of_the_judge_outlives_a_gap(world: World) -> None:
    await world.start()
    await world.people(stream=40, poll=100, mute=3)
    await world.look(60)
    await world.look(86400)
    await world.look()
    assert (await world.rollout()).state is State.HELD


async def test_held_by_a_person_it_is_still_taken_back(world: World) -> None:
    await world.start()
    await world.orders.hold("ada", "wait")
    await world.bake()
    assert world.slider.moves == [FIRST]
    await world.harm()
    await world.people(stream=60, poll=60, mute=40)
    await world.look(60)
    assert await world.outcomes() == ["rolled_back"]
