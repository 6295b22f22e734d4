"""`playhead rollout check` and `simulate`: what they print, and mistakes in one sentence."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from playhead.cli import main
from playhead.rollout.plan import default_text


def rollout(*words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["rollout", *words], input=text, catch_exceptions=False)


def test_delivered_plan_is_checked_and_its_stages_are_timed() -> None:
    assert rollout("check").output == "5 stages, 8 harms, all in order.\n"
    lines = rollout("check", "--people", "20").output.splitlines()
    assert lines[0] == "Stage 1 (5%): 5.0 h at the least."
    assert len(lines) == 6


def test_plan_that_cannot_show_what_it_promises_ends_with_code_2(tmp_path: Path) -> None:
    text = default_text().replace("people = 100", "people = 20")
    file = tmp_path / "plan.toml"
    file.write_text(text)
    for found in (rollout("check", str(file), "--people", "20"), rollout("check", "-", "--people", "20", text=text)):
        assert found.exit_code == 2
        assert found.output == (
            "Stage 3 (25%): 20 people cannot show a margin of 0.03, even if none is harmed; set people = 99 "
            "(at 20 people in 5 minutes a bake of 99 min), or margin = 0.14.\n"
        )


@pytest.mark.parametrize(
    ("words", "text", "sentence"),
    [
        (["check", "-"], "stages = 5", "This is no plan of a rollout: "),
        (["check", "nowhere.toml"], None, "nowhere.toml cannot be read: No such file or directory."),
        (["check", "--people", "0"], None, "not in the range"),
        (["check", "--people", "nan"], None, "nan is not a number."),
        (["simulate", "--people", "inf"], None, "not in the range"),
        (["simulate", "--people", "9", "--base", "nan"], None, "nan is not a number."),
        (
            ["simulate", "--people", "9", "--share", "6"],
            None,
            "The plan has no stage of 6%, only of 5, 10, 25, 50, 100.",
        ),
        (["simulate", "--people", "9", "--harm", "slow"], None, "slow is no harm that rolls back in this plan: "),
    ],
)
def test_mistake_is_one_sentence_and_code_2(words: list[str], text: str | None, sentence: str) -> None:
    found = rollout(*words, text=text)
    assert found.exit_code == 2
    assert sentence in found.output


def test_simulation_prints_times_the_stage_and_false_alarms() -> None:
    lines = rollout("simulate", "--people", "100", "--share", "25", "--runs", "100").output.splitlines()
    assert lines[0] == "mute: users who saw nothing new for 10 s. 100 people in 5 minutes, 100 runs."
    fifth = lines[2].split()
    assert fifth[:2] == ["25%", "20%"]
    assert 7 < float(fifth[2]) < float(fifth[4]) < float(fifth[6]) < 21
    assert lines[5].strip() == "This stage ends after 20.0 min at the least: for 100 streaming people to come."
    assert lines[6].startswith("Where streaming does no harm, 0 of 100 rollouts of all stages were rolled back (the ")
    assert "the plan accepts 1 in 1,000" in lines[6]


def test_simulation_is_honest_about_what_is_not_found_in_a_day() -> None:
    lines = rollout("simulate", "--people", "1", "--share", "5", "--runs", "100").output.splitlines()
    assert lines[4].count("not in 24 h") == 3
    assert "holds, as 100.0 h are over its cap" in lines[5]
