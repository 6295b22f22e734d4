"""The judge decides by counts, the plan and its memory."""

from dataclasses import replace

import msgspec
import pytest

from playhead.monitoring.sums.reading import MINUTE_S
from playhead.rollout.actor import EARLY
from playhead.rollout.counts import Counts
from playhead.rollout.judge import judge
from playhead.rollout.plan import Action
from playhead.rollout.timings import Timings
from playhead.rollout.verdict import Decision, Memory, Verdict
from tests.unit.rollout.counted import AT_5, AT_25, AT_50, AT_100, BAKED, PLAN, arm, counts

WELL = counts(arm(100), arm(300))
MUTE = counts(arm(41, mute=9), arm(118))
DOUBT = counts(arm(20, mute=4), arm(60))


def looks(*seen: Counts, stage: int = AT_25, memory: Memory | None = None, seconds: float = 10.0) -> Verdict:
    """The last verdict of several looks after each other."""
    memory = memory or Memory()
    for one in seen:
        memory = replace(memory, baked_s=memory.baked_s + seconds)
        verdict = judge(PLAN, stage, one, memory)
        memory = verdict.memory
    return verdict


def outcome(verdict: Verdict) -> tuple[Decision, str]:
    return verdict.decision, verdict.why


def test_harm_of_streaming_people_alone_rolls_back() -> None:
    verdict = looks(MUTE)
    assert outcome(verdict) == (Decision.ROLL_BACK, "mute")
    assert verdict.sentence == (
        "Rolled back from 25%: 9 of 41 streaming users saw nothing new for 10 s, 0 of 118 polling users; "
        "chance of that under equal quality below 1 in 1,000."
    )


def test_dry_run_says_what_would_be_done() -> None:
    assert judge(PLAN, AT_25, MUTE, Memory(), is_dry_run=True).sentence.startswith("Would roll back from 25%: 9 of 41")
    assert judge(PLAN, AT_25, DOUBT, Memory(), is_dry_run=True).sentence.startswith("Would hold at 25%: 4 of 20")
    assert judge(PLAN, AT_25, WELL, BAKED, is_dry_run=True).sentence.startswith("Would advance from 25% to 50%")


def test_harm_of_both_arms_holds_and_never_rolls_back() -> None:
    verdict = looks(counts(arm(100, mute=30), arm(300, mute=60)))
    assert outcome(verdict) == (Decision.HOLD, "common_cause")
    assert "both arms have it" in verdict.sentence


def test_harm_of_streaming_people_rolls_back_beside_a_little_in_the_control() -> None:
    # 18 % against two polling people, who are above the budget by accident.
    assert outcome(looks(counts(arm(100, final_late=18), arm(300, final_late=2)))) == (Decision.ROLL_BACK, "final_late")
    assert outcome(looks(counts(arm(100, mute=25), arm(300, mute=12)))) == (Decision.ROLL_BACK, "mute")
    assert outcome(looks(counts(arm(100, mute=25), arm(300, mute=13)))) == (Decision.HOLD, "common_cause")


def test_two_lost_ends_hold_and_five_roll_back() -> None:
    assert outcome(looks(counts(arm(20, final_missing=1), arm(60)))) == (Decision.NOTHING_YET, "people")
    assert outcome(looks(counts(arm(20, final_missing=2), arm(60)))) == (Decision.HOLD, "final_missing")
    assert outcome(looks(counts(arm(20, final_missing=5), arm(60)))) == (Decision.ROLL_BACK, "final_missing")
    assert looks(counts(arm(20, final_missing=5), arm(29))).decision is Decision.HOLD


@pytest.mark.parametrize("harm", ["fallback", "slow"])
def test_harm_that_is_no_loss_holds_at_most(harm: str) -> None:
    verdict = looks(counts(arm(1000, **{harm: 1000}), arm(3000)))
    assert outcome(verdict) == (Decision.HOLD, harm)


def test_pages_that_fall_silent_in_one_arm_roll_back() -> None:
    silent = counts(arm(50, exposed=110, silent=60, silent_of=110), arm(300, exposed=330, silent=30, silent_of=330))
    assert outcome(looks(silent)) == (Decision.ROLL_BACK, "silent")
    few = counts(arm(100, silent=14, silent_of=114), arm(300, silent=30, silent_of=330))
    assert looks(few).decision is Decision.NOTHING_YET


def test_wrong_draw_holds_and_relative_evidence_is_not_believed() -> None:
    verdict = looks(counts(arm(200), arm(200)))
    assert outcome(verdict) == (Decision.HOLD, "sample_ratio")
    assert "200 people stream and 200 poll" in verdict.sentence


def test_wrong_draw_rolls_back_only_what_is_beyond_its_budget() -> None:
    # 3 % against 0.3 %: certain by comparison alone, if the comparison can be trusted.
    stream, poll = arm(3000, mute=90), arm(9000, mute=27)
    assert looks(counts(stream, poll)).decision is Decision.ROLL_BACK
    assert looks(counts(stream, replace(poll, exposed=3000))).decision is Decision.HOLD
    assert looks(counts(arm(3000, mute=600), arm(3000))).decision is Decision.ROLL_BACK


def test_hold_by_a_wrong_draw_ends_when_the_draw_is_right_again() -> None:
    held = looks(counts(arm(200), arm(200))).memory
    assert looks(counts(arm(228), arm(500)), memory=held).decision is Decision.HOLD
    assert looks(counts(arm(240), arm(720)), memory=held).memory.hold is None


def test_people_without_a_report_hold_and_nobody_at_all_waits() -> None:
    assert outcome(looks(Counts())) == (Decision.NOTHING_YET, "no_people")
    assert outcome(looks(counts(arm(0, exposed=9), arm(0, exposed=30)))) == (Decision.NOTHING_YET, "people")
    deaf = counts(arm(0, exposed=9, silent=5, silent_of=5), arm(0, exposed=30, silent=15, silent_of=15))
    assert outcome(looks(deaf)) == (Decision.HOLD, "no_data")


def test_reports_that_stop_in_the_middle_of_a_stage_hold() -> None:
    before = counts(arm(100, silent_of=100), arm(300, silent_of=300))
    # What the server did goes on to count, for each of them.
    after = counts(arm(105, silent=5, silent_of=105), arm(315, silent=15, silent_of=315))
    assert outcome(looks(before, after)) == (Decision.HOLD, "no_data")


def test_line_of_servers_holds_at_the_third_look() -> None:
    slow, fine = (counts(arm(100), arm(300), {"loop_lag": value}) for value in (0.3, 0.1))
    assert looks(slow, slow, memory=BAKED).decision is Decision.NOTHING_YET
    assert outcome(looks(slow, slow, slow)) == (Decision.HOLD, "loop_lag")
    assert looks(slow, slow, fine, slow).decision is Decision.NOTHING_YET
    assert looks(*[counts(arm(9), arm(30), {"loop_lag": None})] * 4).why == "people"


def test_errors_roll_back_only_if_they_began_in_this_stage() -> None:
    bad, fine = (counts(arm(10), arm(30), {"errors": value}) for value in (0.06, 0.0))
    needed = next(line.looks for line in PLAN.server if line.id == "errors")
    assert outcome(looks(fine, *[bad] * needed)) == (Decision.ROLL_BACK, "errors")
    assert outcome(looks(*[bad] * needed)) == (Decision.HOLD, "errors")
    assert looks(fine, *[bad] * (needed - 1)).decision is Decision.NOTHING_YET


def test_errors_of_a_second_are_out_of_view_before_they_roll_back() -> None:
    line = next(line for line in PLAN.server if line.action is Action.ROLL_BACK)
    assert line.looks * Timings().look_s * EARLY > 2 * MINUTE_S


def test_stage_ends_only_with_people_control_time_and_bound() -> None:
    assert outcome(looks(counts(arm(99), arm(300)), memory=BAKED)) == (Decision.NOTHING_YET, "people")
    assert outcome(looks(counts(arm(100), arm(29, exposed=300)), memory=BAKED)) == (Decision.NOTHING_YET, "control")
    assert outcome(looks(WELL)) == (Decision.NOTHING_YET, "bake")
    assert outcome(looks(counts(arm(100, mute=2), arm(300, mute=6)), memory=BAKED)) == (Decision.NOTHING_YET, "margin")
    assert outcome(looks(WELL, memory=BAKED)) == (Decision.ADVANCE, "proof")


def test_last_stage_finishes_by_budgets_alone() -> None:
    assert outcome(looks(counts(arm(300), arm(0)), stage=AT_100, memory=BAKED)) == (Decision.ADVANCE, "proof")
    within = counts(arm(300, mute=2), arm(0))
    assert outcome(looks(within, stage=AT_100, memory=BAKED)) == (Decision.ADVANCE, "proof")
    verdict = looks(counts(arm(100, mute=20), arm(0)), stage=AT_100)
    assert outcome(verdict) == (Decision.ROLL_BACK, "mute")
    assert "2% are accepted" in verdict.sentence
    assert verdict.sample_ratio == 0


def test_stage_without_proof_after_a_day_holds_for_a_person() -> None:
    verdict = looks(counts(arm(40), arm(120)), memory=Memory(baked_s=86_400))
    assert outcome(verdict) == (Decision.HOLD, "cap")
    assert "watched for 24 h without proof, as 40 of 100 streaming users have been seen" in verdict.sentence
    assert verdict.memory.needs_person
    assert outcome(looks(WELL, memory=verdict.memory)) == (Decision.HOLD, "cap")


def test_hold_ends_with_twenty_more_people_and_no_doubt() -> None:
    held = looks(DOUBT)
    assert outcome(held) == (Decision.HOLD, "mute")
    early = looks(counts(arm(39, mute=4), arm(120, mute=4)), memory=held.memory)
    assert early.decision is Decision.HOLD
    assert early.sentence == (
        "Held at 25% because of users who saw nothing new for 10 s, and goes on when 1 more streaming user has come "
        "without it."
    )
    assert looks(counts(arm(45, mute=5), arm(130)), memory=held.memory).decision is Decision.HOLD
    less = looks(counts(arm(46, mute=4), arm(130, mute=2)), memory=held.memory)
    assert less.sentence.endswith("has become less, but not enough yet.")
    ended = looks(counts(arm(150, mute=4), arm(450, mute=8)), memory=held.memory)
    assert ended.decision is Decision.NOTHING_YET
    assert ended.memory.hold is None
    assert ended.memory.holds == 1


def test_second_hold_of_a_stage_needs_a_person() -> None:
    held = looks(DOUBT, memory=Memory(holds=1))
    assert held.memory.needs_person
    assert held.sentence.endswith("Somebody must look at it, and resume.")
    assert looks(counts(arm(1000), arm(3000)), memory=held.memory).decision is Decision.HOLD
    assert looks(MUTE, memory=held.memory).decision is Decision.ROLL_BACK


@pytest.mark.parametrize("stage", [AT_5, AT_50, AT_100])
def test_a_million_people_in_each_arm_are_judged(stage: int) -> None:
    million = counts(arm(10**6, mute=10**6), arm(10**6 if stage != AT_100 else 0))
    assert judge(PLAN, stage, million, Memory()).decision in {Decision.ROLL_BACK, Decision.HOLD}
    assert judge(PLAN, stage, counts(arm(10**6), arm(10**6)), BAKED).decision in {Decision.ADVANCE, Decision.HOLD}


def test_memory_survives_its_way_through_json() -> None:
    memory = looks(counts(arm(20, mute=4), arm(60), {"loop_lag": 0.3})).memory
    assert memory.hold is not None
    assert msgspec.json.decode(msgspec.json.encode(memory), type=Memory) == memory
