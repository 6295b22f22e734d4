"""A plan is read strictly, and refused if it cannot show what it promises."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from playhead.errors import ConfigError
from playhead.rollout.check import people_to_find, people_to_prove, problems, wait_s
from playhead.rollout.evidence import upper_bound
from playhead.rollout.plan import Plan, default_text, read
from playhead.rollout.simulate import find
from tests.unit.rollout.counted import AT_5, AT_10, AT_100, PLAN


def with_stage(index: int, **changes: Any) -> Plan:
    stages = [*PLAN.stages]
    stages[index] = structs.replace(stages[index], **changes)
    return structs.replace(PLAN, stages=tuple(stages))


def changed(old: str, new: str) -> str:
    text = default_text()
    assert old in text
    return text.replace(old, new, 1)


def test_delivered_plan_is_in_order() -> None:
    assert problems(PLAN) == []
    assert problems(PLAN, 20) == []


def test_every_table_of_the_delivered_plan_begins_with_its_reason() -> None:
    tables = [table for table in default_text().split("\n\n") if not table.startswith("#") or "\n[[" in table]
    unexplained = [table.splitlines() for table in tables if not table.startswith("#")]
    # Those between the stages have theirs above the first one.
    assert {lines[0] for lines in unexplained} == {"[[stages]]"}
    assert len(tables) == len(PLAN.stages) + len(PLAN.harms) + len(PLAN.server)


@pytest.mark.parametrize("people", [1, 59, 60, 99, 149, 300])
def test_people_to_prove_a_margin_are_the_fewest_that_do(people: int) -> None:
    margin = upper_bound(0, people) + 1e-9
    assert people_to_prove(margin) == people


def test_too_few_people_for_a_margin_are_told_what_to_set() -> None:
    (sentence,) = problems(with_stage(AT_10, margin=0.02))
    assert sentence == (
        "Stage 2 (10%): 60 people cannot show a margin of 0.02, even if none is harmed; "
        "set people = 149, or margin = 0.049."
    )
    assert problems(with_stage(AT_10, margin=0.049)) == []


def test_bake_that_cannot_find_harm_is_told_how_long_it_must_be() -> None:
    (sentence,) = problems(with_stage(AT_10, people=20, margin=0.14), 20)
    assert sentence == (
        "Stage 2 (10%): 20 people do not show page_error of 20% in 9 of 10 rollouts; "
        "set people = 54 (at 20 people in 5 minutes a bake of 135 min)."
    )


def test_traffic_that_does_not_fill_a_stage_in_a_day_is_refused() -> None:
    (sentence,) = problems(PLAN, 4)
    assert sentence == (
        "Stage 1 (5%): 60 streaming people take 25.0 h at 4 people in 5 minutes, more than the 24.0 h of cap_s; "
        "set a greater share, or cap_s = 90000."
    )
    assert problems(PLAN, 5) == []
    assert problems(PLAN, 0)
    assert problems(PLAN, float("nan"))


def test_stage_with_nearly_nobody_to_compare_with_is_refused() -> None:
    assert any("too few to compare with" in one for one in problems(with_stage(AT_100, share=99)))


def test_harm_that_only_compares_finds_nothing_where_nobody_polls() -> None:
    lonely = structs.replace(PLAN, harms=(structs.replace(PLAN.harms[0], tests=PLAN.harms[0].tests[1:]),))
    assert problems(lonely) == [
        "Stage 5 (100%) cannot roll back mute, as nobody polls: test that against a budget as well."
    ]


def test_unknown_harm_and_line_are_named() -> None:
    plan = read(changed('id = "slow"', 'id = "slwo"').replace('id = "memory"', 'id = "memoir"'))
    assert [one.split(";")[0] for one in problems(plan)] == [
        "There is no harm slwo",
        "There is no line of the servers memoir",
    ]


def test_plan_in_which_no_harm_rolls_back_is_refused() -> None:
    harmless = structs.replace(PLAN, harms=PLAN.harms[-2:])
    assert problems(harmless) == [
        "No harm with a budget rolls back, so nothing can be proven: give one of them that action."
    ]


@pytest.mark.parametrize(("stage", "rate"), [(0, 0.2), (1, 0.1), (2, 0.2), (3, 0.2), (4, 0.2)])
def test_people_to_find_harm_agree_with_the_simulation(stage: int, rate: float) -> None:
    at, mute = PLAN.stages[stage], PLAN.harms[0]
    expected = people_to_find(PLAN, at, mute, rate)
    assert expected is not None
    minutes = find(PLAN, at, mute, 100, rate, runs=300).minutes[1]
    assert expected == pytest.approx(minutes * 20 * at.share / 100, rel=0.3)


def test_stage_takes_its_bake_or_until_its_people_have_come() -> None:
    assert wait_s(PLAN.stages[AT_5], 10_000) == 600
    assert wait_s(PLAN.stages[AT_5], 100) == 3600


BROKEN: list[tuple[str, Callable[[], str], str]] = [
    ("no TOML", lambda: "[[a", "Expected"),
    ("a NUL byte", lambda: "\0", "Invalid"),
    ("nothing", lambda: "", "stages"),
    ("a surrogate", lambda: "a = '\ud800'", "plan"),
    ("a word", lambda: changed("share = 5", 'share = "5"'), "share"),
    ("an unknown field", lambda: changed("share = 5", "share = 5\nshares = 6"), "shares"),
    ("a share of 0", lambda: changed("share = 5", "share = 0"), "share"),
    ("a share of 101", lambda: changed("share = 100", "share = 101"), "share"),
    ("falling shares", lambda: changed("share = 5\n", "share = 12\n"), "greater share"),
    ("a budget that is no number", lambda: changed("budget = 0.02", "budget = nan"), "budget"),
    ("an endless bake", lambda: changed("bake_s = 600", "bake_s = inf"), "bake_s"),
    ("a huge number", lambda: changed("people = 60", "people = 99999999999999999999"), "people"),
    ("a budget above a rate", lambda: changed("budget = 0.02", "budget = 0.05"), "above its budget"),
    ("no budget", lambda: changed("budget = 0.02\n", ""), "has none"),
    ("no weight", lambda: changed("weight = 0.4\n", ""), "no weight"),
    ("weights above 1", lambda: changed("weight = 0.4", "weight = 0.5"), "more than 1"),
    ("a harm twice", lambda: changed('id = "never_established"', 'id = "mute"'), "Twice in the plan: mute"),
]


@pytest.mark.parametrize(("text", "words"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_broken_plan_is_refused_in_a_sentence(text: Callable[[], str], words: str) -> None:
    with pytest.raises(ConfigError, match=r"This is no plan of a rollout: .") as refused:
        read(text())
    assert words in str(refused.value)


def test_counts_of_more_people_than_there_are_are_refused() -> None:
    from playhead.rollout.counts import Arm

    cases: list[dict[str, Any]] = [{"people": 3, "harmed": {"mute": 4}}, {"people": -1}, {"silent": 1}, {"exposed": -1}]
    for wrong in cases:
        with pytest.raises(ValueError, match=r"mute|cannot be"):
            Arm(**wrong)
