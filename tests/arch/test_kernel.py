"""The live kernel stands on the standard library, msgspec and redis alone."""

import ast
import sys
from pathlib import Path

import pytest

import playhead.live

KERNEL = Path(playhead.live.__file__).parent
ALLOWED = sys.stdlib_module_names | {"msgspec", "redis", "hiredis"}


def imported(module: Path) -> set[str]:
    """The names of all modules that a module imports, also within functions."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("module", sorted(KERNEL.rglob("*.py")), ids=lambda path: str(path.relative_to(KERNEL)))
def test_kernel_imports_only_its_two_libraries(module: Path) -> None:
    foreign = {name for name in imported(module) if name.split(".")[0] not in ALLOWED}
    assert {name for name in foreign if not name.startswith("playhead.live")} == set()
