"""What follows from a verdict in the state that a rollout is in: a pure function."""

from dataclasses import dataclass

import msgspec

from playhead.rollout.plan import Plan
from playhead.rollout.ports import Position
from playhead.rollout.record import Decision, Done, Holder, Kind, Rollout, State
from playhead.rollout.verdict import Decision as Judgement
from playhead.rollout.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A decision to record.

    Args:
        stage: the stage that it leads to.
        target: where the slider is to be; None: where it is.
        state: the state that the rollout is in from then on.
        done: what becomes of the decision at once.
    """

    kind: Kind
    stage: int
    state: State
    held_by: Holder
    done: Done
    target: Position | None = None


def stage_of(plan: Plan, share: int) -> int:
    """The stage of a share: the last one that is not above it, or the first."""
    return max((index for index, stage in enumerate(plan.stages) if stage.share <= share), default=0)


def plan_at(plan: Plan, stage: int, share: int) -> Plan:
    """The plan with the share at which this stage really is, if a person chose one between two stages."""
    if plan.stages[stage].share == share:
        return plan
    stages = [*plan.stages]
    stages[stage] = msgspec.structs.replace(stages[stage], share=share)
    return msgspec.structs.replace(plan, stages=tuple(stages))


def step_of(rollout: Rollout, plan: Plan, verdict: Verdict, last: Decision | None) -> Step | None:
    """The step that follows from a verdict.

    Args:
        rollout: as it was when it was looked at.
        plan: that of the rollout.
        verdict: of the judge.
        last: the last decision of the judge about this rollout.

    Returns:
        None: nothing is to be recorded.
    """
    if verdict.decision is Judgement.ROLL_BACK:
        return _move(rollout, last, Kind.ROLL_BACK, rollout.stage, Position(0, rollout.group))
    if rollout.state is State.HELD and rollout.held_by is Holder.JUDGE:
        is_over = verdict.decision is not Judgement.HOLD
        return _stay(rollout, Kind.RESUME, State.RUNNING, Holder.NOBODY) if is_over else None
    if rollout.state is not State.RUNNING:
        return None
    if verdict.decision is Judgement.HOLD:
        return _stay(rollout, Kind.HOLD, State.HELD, Holder.JUDGE)
    if verdict.decision is not Judgement.ADVANCE:
        return None
    following = rollout.stage + 1
    if following == len(plan.stages):
        return _move(rollout, last, Kind.FINISH, rollout.stage, None)
    return _move(rollout, last, Kind.ADVANCE, following, Position(plan.stages[following].share, rollout.group))


def _stay(rollout: Rollout, kind: Kind, state: State, held_by: Holder) -> Step:
    done = Done.NOT_ACTED if rollout.is_dry_run else Done.ACTED
    return Step(kind=kind, stage=rollout.stage, state=state, held_by=held_by, done=done)


def _move(rollout: Rollout, last: Decision | None, kind: Kind, stage: int, target: Position | None) -> Step | None:
    if rollout.is_dry_run or rollout.state is State.MANUAL:
        if last is not None and (last.decision, last.origin) == (kind, rollout.position):
            return None  # it is said once
        done = Done.NOT_ACTED
    else:
        done = Done.RECORDED if target else Done.ACTED
    return Step(
        kind=kind, stage=stage, state=rollout.state, held_by=rollout.held_by, done=done, target=target
    )  # fmt: skip
