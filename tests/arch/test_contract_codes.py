"""The contract names every code a client may meet, and no other: refusals and reasons of failure alike."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import playhead
from playhead.transcription.audio import AudioFault

CONTRACT = Path(__file__).parent.parent.parent / "CONTRACT.md"
SOURCE = Path(playhead.__file__).parent
OTHER_SIDE = SOURCE / "cli"
"""A client: what it refuses is said on a screen, and is not on the wire."""
REFUSALS = {"Problem": 1, "problem": 1}
"""What makes a refusal, and which of its arguments is the code."""
FAILURES = {"fail": 0, "failure_of": 1, "Failure": 0}
"""The same of a failure."""
PASSED_ON = {"code", "error.code", "phrase.lower().replace(' ', '_')"}
"""Instead of a code: one that was written elsewhere, an `AudioFault`, or a plain HTTP error's own name."""


def named(section: str) -> set[str]:
    """The codes of a part of §8."""
    text = CONTRACT.read_text()
    text = text[text.index("## 8. Codes") :]
    (found,) = (part for part in text.split("\n### ") if part.startswith(section))
    return set(re.findall(r"^\| `(\w+)` \|", found, re.MULTILINE))


def calls(makers: dict[str, int]) -> Iterator[ast.expr]:
    """The expression of the code, of every call to one of these."""
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
