"""Test levels do not import each other, and nothing outside `tests` imports them."""

import ast
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEVELS = ("unit", "contract", "integration", "e2e", "arch")
POSTGRES = {"infra.stack.postgres", "tests.support.postgres"}
"""Modules that start a PostgreSQL server."""


def files(folder: str, suffix: str = ".py") -> Iterator[Path]:
    for parent, folders, names in os.walk(ROOT / folder):
        folders[:] = [name for name in folders if name != "node_modules"]
        yield from (Path(parent, name) for name in names if name.endswith(suffix))


@cache
def imports(path: Path) -> set[str]:
    """The modules that a file imports; `from a import b` counts as `a` and `a.b`."""
    package = path.relative_to(ROOT).parent.parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


def imports_of_tests(path: Path) -> set[str]:
    return {module for module in imports(path) if module.startswith("tests.")}


@pytest.mark.parametrize("level", LEVELS)
def test_level_imports_only_itself_and_support(level: str) -> None:
    allowed = (f"tests.{level}", "tests.support")
    for path in files(f"tests/{level}"):
        assert {module for module in imports_of_tests(path) if not module.startswith(allowed)} == set(), path


def test_support_imports_no_level() -> None:
    for path in files("tests/support"):
        assert {module for module in imports_of_tests(path) if not module.startswith("tests.support")} == set(), path


def test_every_folder_of_tests_is_a_level_or_support_or_data() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {*LEVELS, "support", "data"}
    assert {path.name for path in (ROOT / "tests").glob("*.py")} == {"__init__.py", "conftest.py"}


@pytest.mark.parametrize("folder", ["src", "infra"])
def test_nothing_outside_imports_tests(folder: str) -> None:
    for path in files(folder):
        assert imports_of_tests(path) == set(), path
    for path in files(folder, ".sh"):
        assert not re.search(r"-m tests\b", path.read_text()), path


def test_unit_tests_start_no_postgresql() -> None:
    starting = set(POSTGRES)
    support = {f"tests.support.{path.stem}": imports(path) for path in files("tests/support")}
    while more := {module for module, imported in support.items() if imported & starting} - starting:
        starting |= more
    for path in files("tests/unit"):
        assert imports(path) & starting == set(), path
