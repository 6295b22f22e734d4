"""Rollouts of simulated people: how long harm takes to be found, and that nothing is found where there is none."""

from dataclasses import replace
from math import inf, isinf

import numpy as np
import pytest
from msgspec import structs

from playhead.rollout import rule
from playhead.rollout.judge import judge
from playhead.rollout.plan import Plan, Stage
from playhead.rollout.simulate import Arrivals, certain, doubted, false_alarms, find, first_times
from playhead.rollout.verdict import Decision, Memory
from tests.unit.rollout.counted import AT_25, AT_100, PLAN, arm, counts

MUTE = PLAN.harms[0]


def of_one(harm_id: str, false_alarm: float = PLAN.false_alarm, share: int | None = None) -> Plan:
    """A plan of one harm with all of the chance, and of one stage if a share is given."""
    harm = next(harm for harm in PLAN.harms if harm.id == harm_id)
    stages = PLAN.stages if share is None else tuple(stage for stage in PLAN.stages if stage.share == share)
    weight = 1.0 if harm.weight else 0.0
    return structs.replace(PLAN, harms=(structs.replace(harm, weight=weight),), stages=stages, false_alarm=false_alarm)


# In minutes: half and 90 % of rollouts, by an independent simulation that looked every 10 s.
@pytest.mark.parametrize(
    ("share", "people", "half", "most"),
    [
        (5, 100, 16, 33),
        (5, 500, 3.7, 7.5),
        (10, 20, 49, 87),
        (10, 100, 10, 18),
        (10, 500, 2.7, 4.3),
        (25, 20, 25, 44),
        (25, 100, 5.7, 10.4),
        (25, 500, 1.8, 2.7),
        (50, 20, 20, 32),
        (50, 100, 4.7, 7.0),
        (50, 500, 1.5, 2.2),
    ],
)
def test_harm_of_a_fifth_is_found_as_soon_as_published(share: int, people: int, half: float, most: float) -> None:
    plan = of_one("mute", false_alarm=rule.WAYS / 1000, share=share)  # each way at 1,000, as there
    found = find(plan, plan.stages[0], plan.harms[0], people, 0.2, runs=300)
    assert found.minutes[0] == pytest.approx(half, rel=0.15, abs=0.3)
    assert found.minutes[1] == pytest.approx(most, rel=0.15, abs=0.3)


def test_delivered_plan_finds_a_harm_of_a_fifth_within_its_stages() -> None:
    for stage in PLAN.stages:
        assert find(PLAN, stage, MUTE, 100, 0.2, runs=200).in_time >= 0.9


@pytest.mark.parametrize("base", [0.002, 0.01, 0.02])
def test_none_of_a_hundred_rollouts_without_harm_is_rolled_back(base: float) -> None:
    alarms = false_alarms(PLAN, 100, base=base, runs=100)
    assert alarms.rolled_back == 0
    assert alarms.held < 20


@pytest.mark.parametrize("stage_index", range(AT_100 + 1))
def test_rule_for_arrays_is_that_of_the_judge(stage_index: int) -> None:
    rng, stage = np.random.default_rng(stage_index), PLAN.stages[stage_index]
    seen = set()
    for harm in PLAN.harms:
        plan = of_one(harm.id)
        people, poll = rng.integers(1, 150, 120), rng.integers(0, 300, 120)
        harmed, poll_harmed = rng.binomial(people, rng.choice([0.03, 0.1, 0.4], 120)), rng.binomial(poll, 0.01)
        arrays = (harmed, people, poll_harmed, poll)
        is_certain, is_doubted = certain(plan, stage, plan.harms[0], *arrays), doubted(stage, plan.harms[0], *arrays)
        for index, (first, all_first, second, all_second) in enumerate(
            zip(*map(np.ndarray.tolist, arrays), strict=True)
        ):
            if harm.id == "silent":
                arms = arm(9, silent=first, silent_of=all_first), arm(9, silent=second, silent_of=all_second)
            else:
                arms = arm(all_first, **{harm.id: first}), arm(all_second, **{harm.id: second})
            fair = counts(replace(arms[0], exposed=stage.share), replace(arms[1], exposed=100 - stage.share))
            verdict = judge(plan, stage_index, fair, Memory())
            assert (verdict.decision is Decision.ROLL_BACK) == is_certain[index], (harm.id, verdict)
            if verdict.why not in {"common_cause", "no_data"} and not is_certain[index]:
                assert (verdict.decision is Decision.HOLD) == is_doubted[index], (harm.id, verdict)
            seen.add(verdict.decision)
    assert seen >= {Decision.ROLL_BACK, Decision.HOLD, Decision.NOTHING_YET}


def test_judge_takes_a_rollout_without_harm_through_all_stages() -> None:
    rng = np.random.default_rng(4)
    for stage_index, stage in enumerate(PLAN.stages):
        memory, seen, decision = Memory(), np.zeros((2, 2), int), Decision.NOTHING_YET
        while decision is not Decision.ADVANCE:
            share = stage.share / 100
            came = 10.0 * np.array([share, 1 - share])  # 100 people in 5 minutes, a look every half minute
            seen += rng.poisson([came * 0.002, came * 0.998])
            (harmed, poll_harmed), (well, poll_well) = seen.tolist()
            look = counts(arm(harmed + well, mute=harmed), arm(poll_harmed + poll_well, mute=poll_harmed))
            memory = replace(memory, baked_s=memory.baked_s + 30)
            verdict = judge(PLAN, stage_index, look, memory)
            decision, memory = verdict.decision, verdict.memory
            assert decision in {Decision.ADVANCE, Decision.NOTHING_YET}, verdict
        assert memory.baked_s >= stage.bake_s
        assert seen[:, 0].sum() >= stage.people


@pytest.mark.parametrize(("begin", "end"), [(0.002, 0.03), (0.03, 0.002)])
def test_base_rate_that_drifts_over_the_stages_is_no_alarm(begin: float, end: float) -> None:
    # Both arms drift alike, and the share grows meanwhile: what pooling the stages takes for an effect of streaming.
    rng, runs, looks = np.random.default_rng(5), 500, 400
    wrong = np.zeros(runs, bool)
    pooled = np.zeros((4, runs))
    for half, share in enumerate((10, 50)):
        stage = next(stage for stage in PLAN.stages if stage.share == share)
        rates = np.linspace(begin, end, 2 * looks)[half * looks : (half + 1) * looks, None]
        stream, poll = 10 * share / 100, 10 * (1 - share / 100)
        means = (stream * rates, stream * (1 - rates), poll * rates, poll * (1 - rates))
        harmed, well, poll_harmed, poll_well = (rng.poisson(mean, (looks, runs)).cumsum(axis=0) for mean in means)
        seen = (harmed, harmed + well, poll_harmed, poll_harmed + poll_well)
        pooled += [one[-1] for one in seen]
        wrong |= certain(of_one("mute", share=share), stage, MUTE, *seen).any(axis=0)
    assert wrong.sum() == 0
    # The same people, pooled, differ by more than three standard errors in every tenth rollout.
    kt, nt, kc, nc = pooled
    both = (kt + kc) / (nt + nc)
    z = (kt / nt - kc / nc) / np.sqrt(both * (1 - both) * (1 / nt + 1 / nc))
    assert (abs(z) > 3).mean() > 0.1


def test_fault_of_both_arms_rolls_none_of_500_runs_back() -> None:
    both = Arrivals(traffic=100, stream_rate=0.3, poll_rate=0.3)
    times, _ = first_times(PLAN, PLAN.stages[AT_25], MUTE, both, 1200, 500, np.random.default_rng(6))
    assert (times < inf).sum() == 0


def test_harm_that_takes_longer_than_a_stage_may_is_not_found() -> None:
    rare = find(PLAN, PLAN.stages[0], MUTE, 2, 0.05, runs=100)
    assert all(map(isinf, rare.minutes))
    assert rare.in_time < 0.1


def test_stage_shorter_than_a_minute_is_looked_at_once() -> None:
    stage: Stage = structs.replace(PLAN.stages[AT_25], bake_s=50.0, people=1)
    busy = Arrivals(traffic=1_000_000, stream_rate=0.9, poll_rate=0.0)
    times, _ = first_times(PLAN, stage, MUTE, busy, 50, 100, np.random.default_rng(7))
    assert (times == 50).all()
