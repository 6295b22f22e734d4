"""The contract lists every code of a refusal or a failure, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import playhead
from playhead.transcription.audio import AudioFault

CONTRACT = Path(__file__).parent.parent.parent / "CONTRACT.md"
SOURCE = Path(playhead.__file__).parent
OTHER_SIDE = SOURCE / "cli"
"""The command line, whose refusals are shown on a terminal and are not on the wire."""
REFUSALS = {"Problem": 1, "problem": 1}
"""Functions that make a refusal, with the position of the code among their arguments."""
FAILURES = {"fail": 0, "failure_of": 1, "Failure": 0}
"""Functions that make a failure, likewise."""
PASSED_ON = {"code", "error.code", "phrase.lower().replace(' ', '_')"}
"""Expressions instead of a literal code: one from elsewhere, an `AudioFault`, or the name of an HTTP error."""


def named(section: str) -> set[str]:
    """The codes in a part of section 8."""
    text = CONTRACT.read_text()
    text = text[text.index("## 8. Codes") :]
    (found,) = (part for part in text.split("\n### ") if part.startswith(section))
    return set(re.findall(r"^\| `(\w+)` \|", found, re.MULTILINE))


def calls(makers: dict[str, int]) -> Iterator[ast.expr]:
    """The expression of the code in every call of one of these functions."""
    for path in SOURCE.rglob("*.py"):
        if OTHER_SIDE in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            keyword = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            if name in makers and (keyword or len(node.args) > makers[name]):
                yield keyword[0] if keyword else node.args[makers[name]]


def written(makers: dict[str, int]) -> set[str]:
    return {code.value for code in calls(makers) if isinstance(code, ast.Constant) and isinstance(code.value, str)}


def test_contract_names_every_refusal() -> None:
    assert written(REFUSALS) == named("Refusals")


def test_contract_names_every_reason_of_failure() -> None:
    assert written(FAILURES) | set(AudioFault) == named("Failures")


def test_codes_are_written_where_they_are_used() -> None:
    everything = [*calls(REFUSALS), *calls(FAILURES)]
    assert {ast.unparse(code) for code in everything if not isinstance(code, ast.Constant)} == PASSED_ON
