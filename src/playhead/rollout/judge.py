"""The judge of a rollout: a pure function of counts, the plan and what it remembers. It never reads a clock.

What is certain rolls back, unless polling people have it too. Any doubt holds. The next stage needs proof: time that
was watched, enough people, and a bound of each harm. Looking more often changes no chance of an error.
"""

from dataclasses import dataclass, replace
from math import log

from playhead.rollout import rule, sentences
from playhead.rollout.counts import Counts
from playhead.rollout.evidence import sample_ratio
from playhead.rollout.plan import Action, Harm, Line, Plan, Stage
from playhead.rollout.verdict import Decision, HarmEvidence, Hold, Memory, Streak, Verdict

WHYS = (
    *("no_people", "people", "control", "bake", "margin"),  # nothing yet
    *("common_cause", "sample_ratio", "no_data", "cap"),  # hold
    "proof",  # advance
)
"""Why, where it is no harm and no line of the servers."""
NO_DATA_PEOPLE = 20
"""People of whom a report is due, and none came: at the least share of reports that still shows anything (one in
five) such a silence has a chance of 1 in 100."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One look, with all that follows from the counts alone."""

    plan: Plan
    stage: Stage
    counts: Counts
    harms: tuple[tuple[Harm, HarmEvidence], ...]
    sample_ratio: float

    @property
    def is_sound(self) -> bool:
        return self.sample_ratio < log(rule.SAMPLE)


def judge(plan: Plan, stage_index: int, counts: Counts, memory: Memory, *, is_dry_run: bool = False) -> Verdict:
    """Judge a stage.

    Args:
        stage_index: from 0.
        counts: of this stage alone, and of people of the same minutes in both arms.
        memory: of the last look, with the time since then added to `baked_s`.
        is_dry_run: the sentence says what would be done.
    """
    stage = plan.stages[stage_index]
    look = _Look(
        plan,
        stage,
        counts,
        tuple((harm, rule.weigh(plan, stage, harm, counts)) for harm in plan.harms),
        sample_ratio(counts.stream.exposed, counts.poll.exposed, stage.share / 100) if rule.has_control(stage) else 0.0,
    )
    memory, has_no_data = _heard(counts, replace(memory, server=_streaks(plan, counts, memory)))
    words = sentences.Words(plan, stage_index, counts, memory.baked_s, is_dry_run=is_dry_run)

    def verdict(decision: Decision, why: str, sentence: str, kept: Memory = memory) -> Verdict:
        return Verdict(
            decision=decision,
            harms=tuple(one for _, one in look.harms),
            sample_ratio=look.sample_ratio,
            why=why,
            sentence=sentence,
            memory=kept,
        )

    if (one := _certain(look)) is not None:
        return verdict(Decision.ROLL_BACK, one.id, words.roll_back(one))
    if (line := _broken(plan, memory, Action.ROLL_BACK)) is not None:
        return verdict(Decision.ROLL_BACK, line.id, words.roll_back_line(line))

    lacking = _lacking(look, memory)
    doubt = _doubt(look, memory, lacking, has_no_data=has_no_data)
    memory = _held(look, memory, doubt)
    if (hold := memory.hold) is not None:
        why = doubt or hold.why
        return verdict(Decision.HOLD, why, words.hold(hold, doubt, _about(look, why), lacking, memory), memory)

    if lacking is not None:
        return verdict(Decision.NOTHING_YET, lacking, words.wait(lacking), memory)
    return verdict(Decision.ADVANCE, "proof", words.advance([one for harm, one in look.harms if harm.weight]), memory)


def _certain(look: _Look) -> HarmEvidence | None:
    """The first harm that is certain."""
    certain = (one for harm, one in look.harms if rule.is_certain(look.stage, harm, one, is_sound=look.is_sound))
    return next(certain, None)


def _doubt(look: _Look, memory: Memory, lacking: str | None, *, has_no_data: bool) -> str | None:
    """Why to hold now, the gravest first; None: no reason."""
    if any(rule.is_common(one) for _, one in look.harms):
        return "common_cause"
    if (doubted := next((one for harm, one in look.harms if rule.is_doubted(harm, one)), None)) is not None:
        return doubted.id
    if not look.is_sound:
        return "sample_ratio"
    if has_no_data:
        return "no_data"
    if (line := _broken(look.plan, memory, Action.HOLD)) is not None:
        return line.id
    return "cap" if memory.baked_s >= look.plan.cap_s and lacking is not None else None


def _about(look: _Look, why: str) -> HarmEvidence | None:
    """The harm that a hold is about, if it is about one."""
    if why == "common_cause":
        return next((one for _, one in look.harms if rule.is_common(one)), None)
    return next((one for _, one in look.harms if one.id == why), None)


def _held(look: _Look, memory: Memory, why: str | None) -> Memory:
    """The memory with a hold that begins, or without one that ends."""
    people = look.counts.stream.people
    if memory.hold is None:
        if why is None:
            return memory
        return replace(memory, hold=Hold(why, people, memory.baked_s), holds=memory.holds + 1)
    is_over = why is None and not memory.needs_person and people >= memory.hold.people_then + rule.CALM_PEOPLE
    return replace(memory, hold=None) if is_over and _is_calm(look, memory.hold.why) else memory


def _is_calm(look: _Look, why: str) -> bool:
    if why == "sample_ratio":
        return look.sample_ratio < log(rule.CALM)
    return all(rule.is_calm(one) for _, one in look.harms if one.id == why)


def _lacking(look: _Look, memory: Memory) -> str | None:
    """What is missing before the next stage; None: all is proven."""
    stage, stream, poll = look.stage, look.counts.stream, look.counts.poll
    if not (stream.people or poll.people or stream.exposed or poll.exposed):
        return "no_people"
    if stream.people < stage.people:
        return "people"
    if rule.has_control(stage) and poll.people < rule.CONTROL_MIN:
        return "control"
    if memory.baked_s < stage.bake_s:
        return "bake"
    if above := next((line for line in look.plan.server if memory.server[line.id].looks), None):
        return above.id
    excesses = (rule.excess(stage, harm, one) for harm, one in look.harms)
    return "margin" if any(one is not None and one > stage.margin for one in excesses) else None


def _heard(counts: Counts, memory: Memory) -> tuple[Memory, bool]:
    """Notes when somebody new last had reported; returns whether too many reports were due since then."""
    due = counts.stream.silent_of + counts.poll.silent_of
    heard = due - counts.stream.silent - counts.poll.silent
    if heard != memory.heard:
        return replace(memory, heard=heard, due=due), False
    return memory, due - memory.due >= NO_DATA_PEOPLE


def _streaks(plan: Plan, counts: Counts, memory: Memory) -> dict[str, Streak]:
    return {
        line.id: _streak(line, counts.server.get(line.id), memory.server.get(line.id, Streak())) for line in plan.server
    }


def _streak(line: Line, value: float | None, last: Streak) -> Streak:
    """What is not measured breaks no line, and keeps none."""
    if value is None:
        return Streak(0, last.was_kept)
    # Written so that a value which is no number is above the line.
    return Streak(0, was_kept=True) if value <= line.line else Streak(last.looks + 1, last.was_kept)


def _broken(plan: Plan, memory: Memory, action: Action) -> Line | None:
    """The first line that was broken for so long that this follows. One that was never kept in this stage is older
    than the stage, and only holds."""
    for line in plan.server:
        streak = memory.server[line.id]
        follows = line.action if streak.was_kept else Action.HOLD
        if streak.looks >= line.looks and follows is action:
            return line
    return None
