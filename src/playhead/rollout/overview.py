"""Makes the document of a rollout: from the slider's reading, and from what is recorded in the database."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from sqlalchemy.orm import Session as Db

from playhead.errors import ConfigError
from playhead.flags.answers.rollout import FLAG
from playhead.flags.answers.shared import Emergency
from playhead.flags.file import documents
from playhead.rollout import plan as plans
from playhead.rollout import record
from playhead.rollout.check import problems
from playhead.rollout.counts import Arm
from playhead.rollout.document import (
    ArmDocument,
    Arms,
    DecisionDocument,
    EmergencyDocument,
    Found,
    HarmDocument,
    HarmedDocument,
    HeldBy,
    LookDocument,
    PastRollout,
    PlanDocument,
    PlannedHarm,
    RolloutDocument,
    RunningRollout,
    ServerLineDocument,
    SliderSource,
    StageDocument,
)
from playhead.rollout.plan import Action, Plan
from playhead.rollout.ports import Slider
from playhead.rollout.record import ChartPoint, Decision, Holder, Look, Outcome, Rollout, State
from playhead.rollout.slider_reading import SliderReading
from playhead.rollout.verdict import HarmEvidence, Memory

POINTS_MAX = 240
"""Points of a chart: four hours of minutes. A longer stage has each second, third … minute."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the database has of the rollouts of a flag, read in one transaction."""

    rollout: Rollout | None
    points: Sequence[ChartPoint]
    decisions: Sequence[Decision]
    past: Sequence[Rollout]
    emergency: Emergency | None


def read(db: Db) -> Recorded:
    """Reads it; the points are those of the present stage."""
    rollout = record.current(db, FLAG)
    # Before the first look of a stage the point of this minute is of the stage before, and the look writes over it.
    return Recorded(
        rollout,
        record.chart(db, rollout.id, rollout.since) if rollout and rollout.look else [],
        record.decisions(db),
        record.past(db, FLAG),
        documents.shared(db).emergency,
    )


def document_of(slider: Slider, reading: SliderReading, recorded: Recorded, telemetry: bool) -> RolloutDocument:
    """Makes the document. `telemetry`: whether anything is kept of who watches; without it a rollout sees nobody."""
    rollout, emergency = recorded.rollout, recorded.emergency
    plan, problem = _plan_of(rollout.plan) if rollout else (plans.default_plan(), "")
    # A rollout that acts was begun where the slider could be moved: there it is no limit but a trouble.
    stuck = slider.limit if rollout and not rollout.is_dry_run else ""
    troubles = (reading.trouble, rollout.trouble if rollout else "", problem, stuck)
    return RolloutDocument(
        flag=FLAG,
        source=cast("SliderSource", slider.kind),
        location=slider.location,
        share=reading.share,
        group=reading.group,
        trouble=" ".join(dict.fromkeys(one for one in troubles if one)) or None,
        limit=slider.limit or None,
        is_allowed=reading.is_allowed,
        emergency=EmergencyDocument(emergency.since, emergency.by, emergency.reason) if emergency else None,
        telemetry=telemetry,
        plan=_plan_document(plan),
        rollout=_running(rollout, plan, recorded.points) if rollout else None,
        decisions=[_decision(one) for one in recorded.decisions],
        past=[_past(one) for one in recorded.past if one.ended_at],
    )


def _plan_of(text: str) -> tuple[Plan, str]:
    """The plan of a rollout; the delivered one, and why, if another release wrote one that this cannot read."""
    try:
        return _read_plan(text), ""
    except ConfigError as error:
        return plans.default_plan(), f"The plan of the rollout cannot be read: {error}"


@lru_cache(maxsize=4)
def _read_plan(text: str) -> Plan:
    return plans.read(text)


@lru_cache(maxsize=4)
def _plan_document(plan: Plan) -> PlanDocument:
    return PlanDocument(
        stages=[StageDocument(one.share, one.bake_s, one.people, one.margin) for one in plan.stages],
        harms=[PlannedHarm(one.id, one.budget, list(one.tests), one.action) for one in plan.harms],
        problems=problems(plan),
    )


def _running(rollout: Rollout, plan: Plan, points: Sequence[ChartPoint]) -> RunningRollout:
    look, memory = record.look_of(rollout.look), record.memory_of(rollout.memory) or Memory()
    is_of_stage = look is not None and look.stage == rollout.stage and look.at >= rollout.since
    found = _found(look if is_of_stage else None)
    stage = plan.stages[min(rollout.stage, len(plan.stages) - 1)]
    return RunningRollout(
        id=rollout.id,
        group=rollout.group,
        state=rollout.state.value,
        is_dry_run=rollout.is_dry_run,
        begun_at=rollout.begun_at,
        begun_by=rollout.begun_by,
        reason=rollout.reason,
        stage=rollout.stage,
        share=rollout.share,
        since=rollout.since,
        baked_s=memory.baked_s,
        bake_s=stage.bake_s,
        people_needed=stage.people,
        left_s=_left_s(memory.baked_s, stage.bake_s, found.arms.stream.people, stage.people)
        if rollout.state is State.RUNNING
        else None,
        looked_at=rollout.looked_at,
        holds=memory.holds,
        held_by=cast("HeldBy | None", rollout.held_by.value or None),
        needs_person=rollout.state is State.MANUAL or rollout.held_by is Holder.PERSON or memory.needs_person,
        sentence=look.verdict.sentence if look and is_of_stage else "",
        arms=found.arms,
        sample_ratio=found.sample_ratio,
        harms=found.harms,
        server=_server(plan, look if is_of_stage else None, memory),
        looks=[_point(one) for one in _thinned(points)],
    )


def _left_s(baked_s: float, bake_s: float, people: int, needed: int) -> float | None:
    """Until the stage may end, if people go on to come as until now; None while nobody has come."""
    left_s = max(0.0, bake_s - baked_s)
    if people >= needed:
        return left_s
    if not people or not baked_s:
        return None
    return max(left_s, (needed - people) * baked_s / people)


def _found(look: Look | None) -> Found:
    if look is None:
        return Found(Arms(_arm(Arm()), _arm(Arm())), 0.0, [])
    return Found(
        Arms(_arm(look.counts.stream), _arm(look.counts.poll)),
        _log10(look.verdict.sample_ratio),
        [_harm(one) for one in look.verdict.harms],
    )


def _arm(arm: Arm) -> ArmDocument:
    return ArmDocument(arm.exposed, arm.people, arm.silent, arm.silent_of)


def _harm(one: HarmEvidence) -> HarmDocument:
    return HarmDocument(
        id=one.id,
        action=Action.HOLD if one.roll_back_line is None else Action.ROLL_BACK,
        stream=HarmedDocument(one.stream_harmed, one.stream_people),
        poll=HarmedDocument(one.poll_harmed, one.poll_people),
        absolute=None if one.log_absolute is None else _log10(one.log_absolute),
        relative=None if one.log_relative is None else _log10(one.log_relative),
        hold_line=_log10(one.hold_line),
        roll_back_line=None if one.roll_back_line is None else _log10(one.roll_back_line),
    )


def _log10(natural: float) -> float:
    return round(natural / math.log(10), 3)


def _server(plan: Plan, look: Look | None, memory: Memory) -> list[ServerLineDocument]:
    values = look.counts.server if look else {}
    looks = {line: streak.looks for line, streak in memory.server.items()}
    return [ServerLineDocument(one.id, values.get(one.id), one.line, looks.get(one.id, 0)) for one in plan.server]


def _point(point: ChartPoint) -> LookDocument:
    minute = point.minute
    return LookDocument(point.at, minute.stream, minute.poll, dict(minute.absolute), dict(minute.relative))


def _thinned(points: Sequence[ChartPoint]) -> Sequence[ChartPoint]:
    """Every nth point, the last one always among them."""
    step = -(-len(points) // POINTS_MAX) or 1
    return points[(len(points) - 1) % step :: step]


def _decision(one: Decision) -> DecisionDocument:
    look = record.look_of(one.numbers)
    return DecisionDocument(
        id=one.id,
        rollout=one.rollout_id,
        at=one.at,
        decision=one.decision,
        stage=one.stage,
        share_from=one.share_from,
        share_to=one.share_to,
        state=one.state,
        by=one.by,
        reason=one.reason,
        sentence=one.sentence,
        numbers=_found(look) if look else None,
    )


def _past(one: Rollout) -> PastRollout:
    assert one.ended_at is not None
    return PastRollout(one.id, one.group, one.begun_at, one.ended_at, Outcome(one.outcome), one.share, one.is_dry_run)
