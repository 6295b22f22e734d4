"""Names in the code keep to GLOSSARY.md: no word of its last column is part of one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import playhead

SOURCE = Path(playhead.__file__).parent
GLOSSARY = SOURCE.parents[1] / "GLOSSARY.md"
FOREIGN = {"safe_say", "tell"}
"""Attributes that Celery and file objects have."""
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def retired() -> set[str]:
    """The words of the last column of every table."""
    rows = [line.strip("|\n ").split("|") for line in GLOSSARY.read_text().splitlines() if line.startswith("|")]
    return {word.strip() for row in rows for word in row[-1].split(",")} - {"", "not", "---"}


def names(module: ast.Module) -> Iterator[str]:
    """Every name that a module gives to something."""
    for node in ast.walk(module):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def found(name: str, words: set[str]) -> bool:
    return name in words or any(part.lower() in words for part in PART.findall(name))


def test_no_retired_word_is_part_of_a_name() -> None:
    words = retired()
    wrong = {
        f"{path.relative_to(SOURCE)}: {name}"
        for path in SOURCE.rglob("*.py")
        for name in (path.stem, *names(ast.parse(path.read_text())))
        if name not in FOREIGN and found(name, words)
    }
    assert sorted(wrong) == []


def test_retired_words_are_read_from_the_glossary() -> None:
    assert {"carrier", "beat", "said", "at_once"} <= retired()
    assert found("QUIET_BEATS", {"beats"})
    assert found("StatusMailbox", {"mailbox"})
    assert not found("heartbeat", {"beat"})
