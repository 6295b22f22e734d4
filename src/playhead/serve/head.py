"""Parses a request that is the head of one plain GET and nothing else, in a twentieth of h11's time.

Whatever else a client sends is left to h11, which also decides how it is refused. So no request is understood
differently here: what this accepts, h11 accepts with the same meaning (`tests/unit/serve/test_head.py`).
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl

import httptools

from playhead.live.http import Request

LONGEST = 16 * 1024
"""Bytes of a head, as h11 allows by Hypercorn's default."""
METHOD = b"GET "
VERSION = b" HTTP/1.1\r\n"
"""With `METHOD`, what stands around the target."""
END = b"\r\n\r\n"
OTHER = frozenset(
    {"content-length", "transfer-encoding", "expect", "upgrade", "te", "trailer", "http2-settings", "proxy-connection"}
)
"""Headers with which a request has a body, or asks for another protocol."""
CONNECTION = {"": True, "keep-alive": True, "close": False}
"""Whether a connection stays open, by its `Connection` header in small letters."""


@dataclass(frozen=True, slots=True)
class Head:
    """A request, and whether its connection stays open after the response."""

    request: Request
    keeps_alive: bool


class _Parsed:
    """What httptools reports of a message."""

    __slots__ = ("headers", "is_odd", "target")

    def __init__(self) -> None:
        self.target = b""
        self.headers: dict[str, str] = {}
        self.is_odd = False
        """Whether a header comes twice: for some of them it matters which one counts."""

    def on_url(self, part: bytes) -> None:
        self.target += part

    def on_header(self, raw_name: bytes, value: bytes) -> None:
        name = raw_name.decode("ascii").lower()
        self.is_odd = self.is_odd or name in self.headers
        self.headers[name] = value.decode("latin-1").rstrip(" \t")  # the parser leaves it


def whole_get(data: bytes, address: str) -> Head | None:
    """Parses the bytes of a connection between two requests.

    Args:
        data: what was received since the last request.
        address: of the client.

    Returns:
        None unless this is one GET over HTTP/1.1, complete, without a body, of a path without escapes.
    """
    if not data.startswith(b"GET /") or len(data) > LONGEST or data.find(END) != len(data) - len(END):
        return None
    parsed = _Parsed()
    parser = httptools.HttpRequestParser(parsed)
    try:
        parser.feed_data(data)
        target = parsed.target.decode("ascii")
    except (httptools.HttpParserError, httptools.HttpParserUpgrade, UnicodeDecodeError):
        return None
    headers = parsed.headers
    path, _, query = target.partition("?")
    keeps_alive = CONNECTION.get(headers.get("connection", "").lower())
    if parsed.is_odd or keeps_alive is None:
        return None
    if not data.startswith(VERSION, len(METHOD) + len(target)):  # the parser allows more spaces
        return None
    if not headers.get("host") or not OTHER.isdisjoint(headers) or "%" in path or "#" in target:
        return None
    arguments: dict[str, str] = {}
    if query:
        for name, value in parse_qsl(query, keep_blank_values=True):
            arguments.setdefault(name, value)
    request = Request(
        method="GET", path=path, headers=headers, query=arguments, address=address, http_version="1.1", scope={}
    )
    return Head(request, keeps_alive)
