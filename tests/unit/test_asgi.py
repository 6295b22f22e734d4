"""A request's target is a path or a whole URL; anything else is refused below the framework."""

from typing import Any
from urllib.parse import unquote

import pytest

from playhead.asgi import Targets


async def answer(target: str) -> tuple[int, str]:
    """The status, and the path that the app got; "" if it was not called."""
    seen = ""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal seen
        seen = scope["path"]
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "path": unquote(target), "raw_path": target.encode()}
    await Targets(app, {"X-Frame": "no"})(scope, None, send)
    if not seen:
        assert dict(sent[0]["headers"])[b"x-frame"] == b"no"
        assert b'"code":"invalid"' in sent[1]["body"]
    return sent[0]["status"], seen


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/", "/"),
        ("/a?b", "/a?b"),
        ("http://host/a/b", "/a/b"),
        ("https://host:1/", "/"),
        ("http://host", "/"),
        ("http://host/a%23b%0ac", "/a#b\nc"),
    ],
)
async def test_path_of_a_target_is_passed_to_the_app(target: str, path: str) -> None:
    assert await answer(target) == (200, path)


@pytest.mark.parametrize("target", ["", "*", "a", "host:443", "http://[/", "http://[::1/x", "file:///x"])
async def test_target_without_a_path_is_refused(target: str) -> None:
    assert await answer(target) == (400, "")


async def test_web_socket_is_refused() -> None:
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("the app is called")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await Targets(app, {})({"type": "websocket", "path": "?x", "raw_path": b"?x"}, None, send)
    assert sent == [{"type": "websocket.close"}]
