"""A request and an answer, without a web framework."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from playhead.live.errors import Problem
from playhead.live.takeover import Frames

METHODS = "GET, HEAD, OPTIONS"
"""The methods of all routes: nothing is changed by them."""
UNKNOWN_ADDRESS = "local"
"""The address of a client without one: on a Unix socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the endpoints read of a request.

    Args:
        path: decoded, and without the prefix under which an app is mounted.
        headers: by their names in small letters; repeated ones are joined by commas (RFC 9110, §5.3).
        query: the first value of each name.
        address: of the connection, unless the server takes the client's from its proxies.
        scope: the ASGI scope, for what other middleware has put there.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    address: str
    http_version: str
    scope: Mapping[str, Any]

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by their names. Of several with one name the first counts: that of the longest path."""
        found: dict[str, str] = {}
        for pair in self.headers.get("cookie", "").split(";"):
            name, separator, value = pair.strip().partition("=")
            if name and separator:
                found.setdefault(name, value)
        return found

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> "Request":
        """The request of an ASGI scope."""
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            separator = "; " if name == "cookie" else ", "  # HTTP/2 may split a cookie (RFC 9113, §8.2.3)
            headers[name] = f"{headers[name]}{separator}{value}" if name in headers else value
        query: dict[str, str] = {}
        for name, value in parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True):
            query.setdefault(name, value)
        return cls(
            method=scope["method"],
            path=path_of(scope),
            headers=headers,
            query=query,
            address=(scope.get("client") or (UNKNOWN_ADDRESS,))[0],
            http_version=scope.get("http_version", "1.1"),
            scope=scope,
        )


def path_of(scope: Mapping[str, Any]) -> str:
    """The path of an ASGI scope, without the prefix under which an app is mounted."""
    path: str = scope["path"]
    root = scope.get("root_path", "")
    return path.removeprefix(root) if path.startswith(f"{root}/") else path


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer: either a body as a whole, or the frames of a stream.

    To a HEAD request the frames are not opened: a stream would block the next request on its connection.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    frames: Frames | None = None


def refusal(problem: Problem) -> Answer:
    """The answer to a refused request (RFC 9457)."""
    headers = {"Content-Type": "application/problem+json"}
    if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = METHODS
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(math.ceil(problem.retry_after_s))
    return Answer(status=problem.status, headers=headers, body=msgspec.json.encode(problem.document()))
