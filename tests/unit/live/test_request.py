"""A request as the endpoints read it, from an ASGI scope."""

from typing import Any

import pytest

from playhead.live.http import Request


def request(*headers: tuple[str, str], **scope: Any) -> Request:
    lines = [(name.encode(), value.encode()) for name, value in headers]
    return Request.of({"method": "GET", "path": "/", "headers": lines} | scope)


@pytest.mark.parametrize(
    ("headers", "cookies"),
    [
        ([], {}),
        ([("cookie", "a=1; b=x=y")], {"a": "1", "b": "x=y"}),
        ([("cookie", "a=1"), ("cookie", "b=2")], {"a": "1", "b": "2"}),  # HTTP/2 may split them
        ([("cookie", "a=of the path; a=of all")], {"a": "of the path"}),
        ([("cookie", ";;a; =;b=2")], {"b": "2"}),
    ],
)
def test_cookies(headers: list[tuple[str, str]], cookies: dict[str, str]) -> None:
    assert request(*headers).cookies == cookies


@pytest.mark.parametrize(
    ("path", "root", "found"),
    [
        ("/jobs", "", "/jobs"),
        ("/live/jobs", "/live", "/jobs"),
        ("/jobs", "/live", "/jobs"),
        ("/liver", "/live", "/liver"),
    ],
)
def test_path_is_without_the_prefix_of_a_mount(path: str, root: str, found: str) -> None:
    assert request(path=path, root_path=root).path == found
