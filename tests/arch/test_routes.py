"""Every route declares who may call it and how often, and every stream is served in one way."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from quart import Quart
from werkzeug.routing import Rule

from playhead.accounts.access import access_of
from playhead.accounts.limits import limit_of
from playhead.config import load
from playhead.web import create_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quart]:
    app = create_app(load({"DATA_DIR": str(tmp_path_factory.mktemp("data"))}))
    yield app
    app.extensions["playhead"].gate.close()
    app.extensions["playhead"].publisher.close()


def rules(app: Quart) -> list[Rule]:
    return list(app.url_map.iter_rules())


def test_every_route_declares_its_access(app: Quart) -> None:
    silent = [rule.rule for rule in rules(app) if access_of(app.view_functions[rule.endpoint]) is None]
    assert silent == []


def test_public_and_unlimited_routes_have_a_reason(app: Quart) -> None:
    for rule in rules(app):
        access, limit = access_of(app.view_functions[rule.endpoint]), limit_of(app.view_functions[rule.endpoint])
        assert access is not None
        assert limit is not None, f"{rule.rule} has no limit and is not marked unlimited"
        assert access.kind != "public" or access.why
        assert limit.rate is not None or limit.why
        assert limit.each is None or "id" in rule.arguments, f"{rule.rule} has no id to count by"


def test_only_these_routes_of_the_api_are_public(app: Quart) -> None:
    views = app.view_functions
    public = {r.rule for r in rules(app) if r.rule.startswith("/api/") and _kind(views[r.endpoint]) == "public"}
    names = ("auth/register", "auth/login", "site", "stream/probe", "openapi.json")
    assert public == {f"/api/v1/{name}" for name in names}


def test_every_route_of_the_api_is_in_its_description(app: Quart) -> None:
    undocumented = [
        rule.rule
        for rule in rules(app)
        if rule.rule.startswith("/api/") and not inspect.getdoc(app.view_functions[rule.endpoint])
    ]
    assert undocumented == []


def test_every_event_stream_clears_the_response_timeout() -> None:
    """Quart cuts a response after 60 s, and 0.23 leaves it open without data; one function makes all streams."""
    makers = {
        function.name: function
        for path in Path(inspect.getfile(create_app)).parent.rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        if any(_makes_a_stream(node) for node in _own(function))
    }
    assert set(makers) == {"response"}
    assert "made.timeout = None" in ast.unparse(makers["response"])


def _makes_a_stream(node: ast.AST) -> bool:
    """Whether it is a `Response(…)` whose body is that of frames, or with the headers of an event stream."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in ("Response", "make_response"):
        return False
    given = " ".join(ast.unparse(part) for part in (*node.args, *node.keywords))
    return any(mark in given for mark in ("text/event-stream", "STREAM_HEADERS", "body_of("))


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function, without those of functions inside it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from _own(node)


def _kind(view: object) -> str | None:
    access = access_of(view)  # type: ignore[arg-type]  # a view is a callable
    return access.kind if access else None
