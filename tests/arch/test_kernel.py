"""The live kernel stands on the standard library, msgspec and redis alone."""

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

import playhead.live

KERNEL = Path(playhead.live.__file__).parent
ROOT = Path(__file__).parents[2]
TESTS = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/unit/live/**/*.py"))
ALLOWED = sys.stdlib_module_names | {"msgspec", "redis", "hiredis"}


@cache
def imported(module: Path) -> set[str]:
    """The names of all modules that a module imports, also within functions; `from a import b` counts as `a`, `a.b`."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("module", sorted(KERNEL.rglob("*.py")), ids=lambda path: str(path.relative_to(KERNEL)))
def test_kernel_imports_only_its_two_libraries(module: Path) -> None:
    foreign = {name for name in imported(module) if name.split(".")[0] not in ALLOWED}
    assert {name for name in foreign if not name.startswith("playhead.live")} == set()


def in_tests(module: Path) -> set[str]:
    """The names that a module imports, and those of the modules of `tests` that it imports."""
    found, files = set[str](), [module]
    while files:
        fresh = imported(files.pop()) - found
        found |= fresh
        files += [file for name in fresh if (file := ROOT.joinpath(*name.split(".")).with_suffix(".py")).is_file()]
    return found


@pytest.mark.parametrize("module", TESTS)
def test_its_tests_import_nothing_of_the_product(module: str) -> None:
    """Not through `tests.support` either: they run where only the kernel is installed."""
    ours = {name for name in in_tests(ROOT / module) if name.split(".")[0] == "playhead"}
    assert {name for name in ours if not f"{name}.".startswith("playhead.live.")} == set()


def test_import_of_the_product_through_another_module_is_found() -> None:
    assert "playhead.sessions.status" in in_tests(ROOT / "tests/contract/test_pubsub.py")
    assert "playhead.config" in in_tests(ROOT / "tests/integration/conftest.py")
