"""Only its own package uses a table; other packages call its functions."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import playhead

SOURCE = Path(playhead.__file__).parent


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE), ast.parse(path.read_text())


@cache
def tables() -> dict[str, str]:
    """The package of each mapped class, by the class's name."""
    return {
        node.name: path.parts[0]
        for path, module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Base" for base in node.bases)
    }


def mentioned(module: ast.Module) -> set[str]:
    """All names that a module uses, imports or reads as an attribute."""
    return {
        name
        for node in ast.walk(module)
        for name in (getattr(node, "id", None), getattr(node, "attr", None), getattr(node, "name", None))
        if isinstance(name, str)
    }


def test_tables_of_every_package_are_found() -> None:
    assert set(tables().values()) == {"accounts", "flags", "jobs.py", "monitoring", "rollout", "sessions"}
    assert {"SessionRow", "SegmentRow", "UserRow"} <= tables().keys()


def test_only_its_own_package_uses_a_table() -> None:
    owners = tables()
    foreign = [
        f"{path}: {name}"
        for path, module in modules()
        for name in sorted(mentioned(module) & owners.keys())
        if path.parts[0] != owners[name]
    ]
    assert foreign == []
