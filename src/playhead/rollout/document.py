"""The document of a rollout for admins: where the slider is, the plan, what was counted and found, what was decided.

It has ids and numbers, for which the page has words; the sentences of decisions are the server's. Every `log10` is of
an e-value: 3 is a chance below 1 in 1,000 under equal quality.
"""

from datetime import datetime
from typing import Literal

import msgspec

from playhead.rollout.plan import Action, Method
from playhead.rollout.record import Done, Kind, Outcome

SliderSource = Literal["file", "database", "unleash"]
RolloutState = Literal["running", "held", "manual"]
HeldBy = Literal["judge", "person"]


class StageDocument(msgspec.Struct):
    """A stage of the plan: a share in percent, the least time and people, and the margin of harm that is excluded."""

    share: int
    bake_s: float
    people: int
    margin: float


class PlannedHarm(msgspec.Struct):
    """A harm that the plan watches. `budget`: the share of people who may suffer it; null: it has none."""

    id: str
    budget: float | None
    tests: list[Method]
    action: Action


class PlanDocument(msgspec.Struct):
    """The plan that is followed, or that the next rollout will follow. `problems`: sentences, why it is refused."""

    stages: list[StageDocument]
    harms: list[PlannedHarm]
    problems: list[str]


class ArmDocument(msgspec.Struct):
    """People of one arm in this stage: exposed, with a finished watch, and `silent` of `silent_of` that are due one."""

    exposed: int
    people: int
    silent: int
    silent_of: int


class Arms(msgspec.Struct):
    stream: ArmDocument
    poll: ArmDocument


class HarmedDocument(msgspec.Struct):
    harmed: int
    people: int


class HarmDocument(msgspec.Struct):
    """A harm as it stands: `absolute` and `relative` are log10 of evidence, null where the plan has no such test."""

    id: str
    action: Action
    stream: HarmedDocument
    poll: HarmedDocument
    absolute: float | None
    relative: float | None
    hold_line: float
    roll_back_line: float | None


class ServerLineDocument(msgspec.Struct):
    """A number of the server with its limit. `looks`: how many in a row were beyond it."""

    id: str
    value: float | None
    line: float
    looks: int


class LookDocument(msgspec.Struct):
    """The last look of a minute: finished people of each arm, and log10 of the evidence of each harm."""

    at: datetime
    stream: int
    poll: int
    absolute: dict[str, float]
    relative: dict[str, float]


class Found(msgspec.Struct):
    """What a look counted and found. `sample_ratio`: log10 of the evidence that people are not drawn by the share."""

    arms: Arms
    sample_ratio: float
    harms: list[HarmDocument]


class RunningRollout(msgspec.Struct):
    """The rollout that is watched. `left_s`: until it may advance at the earliest, null while that is not known."""

    id: int
    group: str
    state: RolloutState
    is_dry_run: bool
    begun_at: datetime
    begun_by: str
    reason: str
    stage: int
    share: int
    since: datetime
    baked_s: float
    bake_s: float
    people_needed: int
    left_s: float | None
    looked_at: datetime | None
    holds: int
    held_by: HeldBy | None
    needs_person: bool
    sentence: str
    arms: Arms
    sample_ratio: float
    harms: list[HarmDocument]
    server: list[ServerLineDocument]
    looks: list[LookDocument]


class DecisionDocument(msgspec.Struct):
    """What was decided, by a person's email or `the judge`. `numbers`: what was found then; null without a look."""

    id: int
    rollout: int | None
    at: datetime
    decision: Kind
    stage: int | None
    share_from: int | None
    share_to: int | None
    state: Done
    by: str
    reason: str
    sentence: str
    numbers: Found | None


class PastRollout(msgspec.Struct):
    id: int
    group: str
    begun_at: datetime
    ended_at: datetime
    outcome: Outcome
    share: int
    is_dry_run: bool


class EmergencyDocument(msgspec.Struct):
    since: datetime
    by: str
    reason: str


class RolloutDocument(msgspec.Struct):
    """`share`, `group` and `is_allowed` (the kill switch) are of the last time that the slider could be read; null
    before. `trouble`: a sentence, why they or the rollout are not up to date. `limit`: a sentence, why only a dry run
    can be started."""

    flag: str
    source: SliderSource
    location: str
    share: int | None
    group: str | None
    trouble: str | None
    limit: str | None
    is_allowed: bool | None
    emergency: EmergencyDocument | None
    telemetry: bool
    plan: PlanDocument
    rollout: RunningRollout | None
    decisions: list[DecisionDocument]
    past: list[PastRollout]
