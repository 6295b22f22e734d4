"""The contract lists every code of a refusal or a failure, and no other, and every word of a rollout."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import playhead
from playhead.rollout.plan import Action, Method
from playhead.rollout.record import Done, Holder, Kind, Outcome, State
from playhead.transcription.faults import AudioFault

CONTRACT = Path(__file__).parent.parent.parent / "CONTRACT.md"
SOURCE = Path(playhead.__file__).parent
OTHER_SIDE = SOURCE / "cli"
"""The command line, whose refusals are shown on a terminal and are not on the wire."""
REFUSALS = {"Problem": 1, "problem": 1}
"""Functions that make a refusal, with the position of the code among their arguments."""
FAILURES = {"fail": 0, "failure_of": 1, "Failure": 0}
"""Functions that make a failure, likewise."""
WARNINGS = {"TextWarning": 0, "SurveyWarning": 0}
"""Classes of warnings, likewise."""
PASSED_ON = {"code", "error.code", "phrase.lower().replace(' ', '_')"}
"""Expressions instead of a literal code: one from elsewhere, an `AudioFault`, or the name of an HTTP error."""


def named(section: str) -> set[str]:
    """The codes in a part of section 8."""
    text = CONTRACT.read_text()
    text = text[text.index("## 8. Codes") : text.index("## 9. ")]
    (found,) = (part for part in text.split("\n### ") if part.startswith(section))
    return set(re.findall(r"^\| `(\w+)` \|", found, re.MULTILINE))


def calls(makers: dict[str, int]) -> Iterator[ast.expr]:
    """The expression of the code in every call of one of these functions."""
    for name, node in all_calls():
        keyword = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        if name in makers and (keyword or len(node.args) > makers[name]):
            yield keyword[0] if keyword else node.args[makers[name]]


@cache
def all_calls() -> list[tuple[str, ast.Call]]:
    """Each call of a function that makes refusals or failures, with the function's name."""
    modules = (path for path in SOURCE.rglob("*.py") if OTHER_SIDE not in path.parents)
    nodes = (node for path in modules for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    named = (
        (node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", ""), node) for node in nodes
    )
    return [(name, node) for name, node in named if name in REFUSALS | FAILURES | WARNINGS]


def written(makers: dict[str, int]) -> set[str]:
    return {code.value for code in calls(makers) if isinstance(code, ast.Constant) and isinstance(code.value, str)}


def test_contract_names_every_refusal() -> None:
    assert written(REFUSALS) == named("Refusals")


def test_contract_names_every_reason_of_failure() -> None:
    assert written(FAILURES) | set(AudioFault) == named("Failures")


def test_contract_names_every_warning() -> None:
    assert written(WARNINGS) == named("Warnings")


def test_codes_are_written_where_they_are_used() -> None:
    everything = [*calls(REFUSALS), *calls(FAILURES)]
    assert {ast.unparse(code) for code in everything if not isinstance(code, ast.Constant)} == PASSED_ON


def test_contract_names_every_word_of_a_rollout() -> None:
    text = CONTRACT.read_text()
    named = set(re.findall(r"`(\w+)`", text[text.index("## 10. ") :]))
    words: set[str] = {*State, *Kind, *Done, *Outcome, *Method, *Action, *(one for one in Holder if one)}
    assert words - named == set()
