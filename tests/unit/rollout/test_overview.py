"""The document of admins has what the last look found, in the numbers of the judge, and nothing of an earlier stage."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from playhead.flags.answers.rollout import FLAG
from playhead.flags.answers.shared import Emergency
from playhead.rollout import plan as plans
from playhead.rollout.counts import Arm, Counts
from playhead.rollout.document import RolloutDocument
from playhead.rollout.judge import judge
from playhead.rollout.overview import POINTS_MAX, Recorded, document_of
from playhead.rollout.ports import Position
from playhead.rollout.record import ChartPoint, Decision, Done, Holder, Kind, Look, Minute, Rollout, State, text_of
from playhead.rollout.slider_reading import SliderReading
from playhead.rollout.verdict import Hold, Memory
from tests.support.sliders import HeldSlider

BEGAN = datetime(2026, 11, 30, 12, tzinfo=UTC)
COUNTS = Counts(
    stream=Arm(people=30, harmed={"mute": 6}, exposed=40, silent=1, silent_of=35),
    poll=Arm(people=570, harmed={"mute": 2}, exposed=760, silent=4, silent_of=700),
    server={"loop_lag": 0.004},
)
READING = SliderReading(5, "sse.status-stream.r1", is_allowed=True, at=BEGAN)


LOOK = Look(
    at=BEGAN + timedelta(minutes=5),
    stage=0,
    share=5,
    counts=COUNTS,
    verdict=judge(plans.default_plan(), 0, COUNTS, Memory(baked_s=300.0)),
)
ROLLOUT = Rollout(
    id=1,
    flag=FLAG,
    group="sse.status-stream.r1",
    state=State.RUNNING,
    held_by=Holder.NOBODY,
    is_dry_run=False,
    plan=plans.default_text(),
    stage=0,
    share=5,
    since=BEGAN,
    looked_at=LOOK.at,
    memory=text_of(LOOK.verdict.memory),
    look=text_of(LOOK),
    trouble="",
    version=3,
    leader="",
    lease_until=None,
    begun_at=BEGAN,
    begun_by="ada@example.org",
    reason="go",
    ended_at=None,
    outcome="",
)
DECISION = Decision(
    id=9,
    rollout_id=1,
    at=BEGAN,
    decision=Kind.ROLL_BACK,
    stage=0,
    share_from=5,
    share_to=0,
    group_from="g",
    group_to="g",
    by="the judge",
    reason="mute",
    sentence="Rolled back.",
    numbers=text_of(LOOK),
    state=Done.ACTED,
    acted_at=BEGAN,
)


def shown(
    rollout: Rollout | None = ROLLOUT, reading: SliderReading = READING, *, limit: str = "", **recorded: Any
) -> RolloutDocument:
    given = Recorded(rollout=rollout, points=[], decisions=[], past=[], emergency=None)
    slider = HeldSlider(Position(5, "sse.status-stream.r1"))
    slider.limit = limit
    return document_of(slider, reading, replace(given, **recorded), telemetry=True)


def test_without_a_rollout_the_delivered_plan_is_shown() -> None:
    document = shown(None)
    assert document.rollout is None
    assert [stage.share for stage in document.plan.stages] == [5, 10, 25, 50, 100]
    assert document.plan.problems == []
    assert (document.share, document.group, document.is_allowed, document.trouble) == (5, READING.group, True, None)


def test_last_look_is_shown_with_logs_to_base_10() -> None:
    running = shown().rollout
    assert running is not None
    assert (running.arms.stream.people, running.arms.stream.silent_of, running.arms.poll.exposed) == (30, 35, 760)
    mute = next(one for one in running.harms if one.id == "mute")
    found = next(one for one in LOOK.verdict.harms if one.id == "mute")
    assert found.log_absolute is not None
    assert mute.absolute == pytest.approx(found.log_absolute / math.log(10), abs=1e-3)
    assert (mute.hold_line, mute.roll_back_line) == (1.301, 4.398)  # 20 and 25,000
    assert (mute.stream.harmed, mute.poll.harmed, mute.action) == (6, 2, "roll_back")
    assert running.sentence == LOOK.verdict.sentence
    lag = next(one for one in running.server if one.id == "loop_lag")
    assert (lag.value, lag.looks) == (0.004, 0)


@pytest.mark.parametrize("stale", [{"stage": 1}, {"since": LOOK.at + timedelta(seconds=1)}, {"look": ""}])
def test_look_of_an_earlier_stage_is_not_shown(stale: dict[str, Any]) -> None:
    running = shown(replace(ROLLOUT, **stale)).rollout
    assert running is not None
    assert (running.arms.stream.people, running.harms, running.sentence) == (0, [], "")


@pytest.mark.parametrize(
    ("baked_s", "state", "left_s"),
    [
        (300.0, State.RUNNING, 300.0),  # 30 of 60 people came in the half of the time
        (590.0, State.RUNNING, 590.0),  # the people take longer than the time
        (0.0, State.RUNNING, None),
        (300.0, State.HELD, None),
    ],
)
def test_time_left_is_that_of_the_slower_of_time_and_people(baked_s: float, state: State, left_s: float | None) -> None:
    running = shown(replace(ROLLOUT, state=state, memory=text_of(Memory(baked_s=baked_s)))).rollout
    assert running is not None
    assert running.left_s == left_s


@pytest.mark.parametrize(
    ("fields", "memory", "needs_person"),
    [
        ({}, Memory(), False),
        ({"state": State.MANUAL}, Memory(), True),
        ({"state": State.HELD, "held_by": Holder.PERSON}, Memory(), True),
        ({"state": State.HELD, "held_by": Holder.JUDGE}, Memory(hold=Hold("mute", 20, 100.0), holds=1), False),
        ({"state": State.HELD, "held_by": Holder.JUDGE}, Memory(hold=Hold("mute", 20, 100.0), holds=2), True),
    ],
)
def test_it_is_shown_when_only_a_person_can_go_on(fields: dict[str, Any], memory: Memory, needs_person: bool) -> None:
    running = shown(replace(ROLLOUT, **fields, memory=text_of(memory))).rollout
    assert running is not None
    assert running.needs_person is needs_person


def test_troubles_of_slider_and_rollout_are_one_sentence_each() -> None:
    reading = replace(READING, trouble="It does not answer.")
    assert shown(replace(ROLLOUT, trouble="Nobody looks."), reading).trouble == "It does not answer. Nobody looks."
    assert shown(replace(ROLLOUT, trouble="It does not answer."), reading).trouble == "It does not answer."


def test_slider_that_cannot_be_moved_troubles_only_a_rollout_that_acts() -> None:
    limit = "Only a dry run is possible here."
    for rollout, trouble in ((None, None), (replace(ROLLOUT, is_dry_run=True), None), (ROLLOUT, limit)):
        document = shown(rollout, limit=limit)
        assert (document.limit, document.trouble) == (limit, trouble)


def test_plan_that_cannot_be_read_is_a_trouble() -> None:
    document = shown(replace(ROLLOUT, plan="stages = 1"))
    assert document.rollout is not None
    assert str(document.trouble).startswith("The plan of the rollout cannot be read: This is no plan of a rollout")


def test_long_stage_has_fewer_points_with_the_last_one() -> None:
    minute = Minute(stream=1, poll=2, absolute={"mute": 0.1}, relative={})
    points = [ChartPoint(BEGAN + timedelta(minutes=number), minute) for number in range(1440)]
    running = shown(points=points).rollout
    assert running is not None
    assert len(running.looks) == POINTS_MAX
    assert running.looks[-1].at == points[-1].at


def test_decision_has_the_numbers_of_then() -> None:
    decision, told = shown(decisions=[DECISION, replace(DECISION, numbers="")]).decisions
    assert decision.numbers is not None
    assert decision.numbers.arms.stream.people == 30
    assert told.numbers is None


def test_emergency_and_past_rollouts_are_shown() -> None:
    past = replace(ROLLOUT, ended_at=BEGAN, outcome="rolled_back")
    document = shown(None, past=[past], emergency=Emergency(since=BEGAN, by="ada", reason="melts"))
    assert [(one.id, one.outcome) for one in document.past] == [(1, "rolled_back")]
    assert document.emergency is not None
    assert msgspec.json.decode(msgspec.json.encode(document), type=RolloutDocument) == document
