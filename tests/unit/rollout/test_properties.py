"""What must hold of the judge for any counts."""

from dataclasses import replace
from math import isfinite

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from playhead.rollout.counts import Arm, Counts
from playhead.rollout.judge import WHYS, judge
from playhead.rollout.verdict import Decision, Hold, Memory, Streak
from tests.unit.rollout.counted import AT_50, AT_100, PLAN

HARMS = [harm.id for harm in PLAN.harms if harm.id != "silent"]
MEASURED = [line.id for line in PLAN.server]
STAGES = st.integers(0, AT_100)


@st.composite
def arms(draw: st.DrawFn, most: int = 2000) -> Arm:
    people, silent_of = draw(st.integers(0, most)), draw(st.integers(0, most))
    return Arm(
        people=people,
        harmed=draw(st.dictionaries(st.sampled_from(HARMS), st.integers(0, people))),
        exposed=draw(st.integers(0, most)),
        silent=draw(st.integers(0, silent_of)),
        silent_of=silent_of,
    )


VALUES = st.none() | st.floats(allow_nan=True)
COUNTS = st.builds(Counts, stream=arms(), poll=arms(), server=st.dictionaries(st.sampled_from(MEASURED), VALUES))
MEMORIES = st.builds(
    Memory,
    baked_s=st.floats(0, 2e5),
    hold=st.none() | st.builds(Hold, st.sampled_from([*HARMS, *WHYS]), st.integers(0, 10**6), st.floats(0, 1e6)),
    holds=st.integers(0, 5),
    heard=st.integers(0, 10**6),
    due=st.integers(0, 10**6),
    server=st.dictionaries(st.sampled_from(MEASURED), st.builds(Streak, st.integers(0, 9), st.booleans())),
)


@given(STAGES, COUNTS, MEMORIES)
def test_any_counts_get_a_verdict_with_a_sentence(stage: int, counts: Counts, memory: Memory) -> None:
    verdict = judge(PLAN, stage, counts, memory)
    assert verdict.why in {*WHYS, *HARMS, *MEASURED, "silent"}
    assert verdict.sentence.endswith((".", "resume."))
    assert isfinite(verdict.sample_ratio)
    assert (verdict.memory.hold is not None) >= (verdict.decision is Decision.HOLD)


@given(st.integers(0, AT_50), COUNTS, MEMORIES)
def test_streaming_that_is_no_worse_is_never_rolled_back(stage: int, counts: Counts, memory: Memory) -> None:
    stream, poll = counts.stream, counts.poll
    silent = min(stream.silent, stream.silent_of * poll.silent // max(poll.silent_of, 1))
    most = {harm: stream.people * count // max(poll.people, 1) for harm, count in poll.harmed.items()}
    harmed = {harm: min(most[harm], stream.people) for harm in most}
    no_worse = Counts(stream=replace(stream, harmed=harmed, silent=silent), poll=poll)
    assert judge(PLAN, stage, no_worse, memory).decision is not Decision.ROLL_BACK


@given(STAGES, st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), MEMORIES)
def test_sample_ratio_alone_never_rolls_back(stage: int, stream: int, poll: int, people: int, memory: Memory) -> None:
    counts = Counts(stream=Arm(exposed=stream, people=people), poll=Arm(exposed=poll, people=people))
    assert judge(PLAN, stage, counts, memory).decision is not Decision.ROLL_BACK


@given(STAGES, COUNTS, st.integers(0, 2000), st.integers(0, 2000))
def test_sample_ratio_makes_no_roll_back_of_what_was_none(stage: int, counts: Counts, stream: int, poll: int) -> None:
    share = PLAN.stages[stage].share
    fair = replace(
        counts, stream=replace(counts.stream, exposed=10 * share), poll=replace(counts.poll, exposed=1000 - 10 * share)
    )
    wrong = replace(fair, stream=replace(fair.stream, exposed=stream), poll=replace(fair.poll, exposed=poll))
    first, second = (judge(PLAN, stage, replace(one, server={}), Memory()).decision for one in (fair, wrong))
    assert first is Decision.ROLL_BACK or second is not Decision.ROLL_BACK


@settings(max_examples=40)  # each of them is judged up to five times
@given(STAGES, COUNTS, st.lists(COUNTS, max_size=3))
def test_roll_back_does_not_depend_on_earlier_looks(stage: int, counts: Counts, before: list[Counts]) -> None:
    memory = Memory()
    for one in before:
        memory = judge(PLAN, stage, replace(one, server={}), memory).memory
    last = replace(counts, server={})
    first, second = judge(PLAN, stage, last, memory), judge(PLAN, stage, last, Memory())
    assert first.harms == second.harms
    assert (first.decision is Decision.ROLL_BACK) is (second.decision is Decision.ROLL_BACK)


@given(STAGES, COUNTS, MEMORIES)
def test_looking_again_at_the_same_counts_decides_the_same(stage: int, counts: Counts, memory: Memory) -> None:
    still = replace(counts, server={})
    first = judge(PLAN, stage, still, memory)
    second = judge(PLAN, stage, still, first.memory)
    if first.decision is not Decision.HOLD:
        assert second.decision is first.decision or second.why == "no_data"
    assert second.decision is not Decision.ADVANCE or first.decision is Decision.ADVANCE


@given(MEMORIES)
def test_memory_is_the_same_after_json(memory: Memory) -> None:
    assert msgspec.json.decode(msgspec.json.encode(memory), type=Memory) == memory
