"""A plain GET is parsed as h11 does it; whatever else a client sends is left to h11."""

from typing import Any

import h11
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from playhead.live.http import Request
from playhead.serve.head import LONGEST, whole_get

ADDRESS = "192.0.2.7"
LINE = b"GET /status HTTP/1.1\r\n"
PLAIN = LINE + b"Host: x\r\n\r\n"


def with_headers(*lines: bytes) -> bytes:
    """A GET with these header lines after `Host`."""
    return LINE + b"Host: x\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def of_length(length: int) -> bytes:
    return with_headers(b"X: " + b"a" * (length - len(with_headers(b"X: "))))


@pytest.mark.parametrize(
    ("sent", "headers", "keeps_alive"),
    [
        (PLAIN, {}, True),
        (with_headers(b"Cookie: a=b; c=d", b"ACCEPT:*/*"), {"cookie": "a=b; c=d", "accept": "*/*"}, True),
        (with_headers(b"Connection: Keep-Alive"), {"connection": "Keep-Alive"}, True),
        (with_headers(b"Connection: close"), {"connection": "close"}, False),
        (with_headers(b"Connection: CLOSE \t"), {"connection": "CLOSE"}, False),
        (with_headers(b"X: \t a b\t ", b"Y:"), {"x": "a b", "y": ""}, True),
        (with_headers(b"X: \xe9 \xa0"), {"x": "\xe9 \xa0"}, True),
    ],
    ids=["plain", "names", "keep-alive", "close", "close and spaces", "spaces around values", "Latin-1"],
)
def test_plain_get_is_parsed(sent: bytes, headers: dict[str, str], keeps_alive: bool) -> None:
    head = whole_get(sent, ADDRESS)
    assert head is not None
    assert head.keeps_alive == keeps_alive
    assert head.request == Request(
        method="GET",
        path="/status",
        headers={"host": "x"} | headers,
        query={},
        address=ADDRESS,
        http_version="1.1",
        scope={},
    )


LEFT = {
    "nothing": b"",
    "another method": PLAIN.replace(b"GET", b"HEAD"),
    "a method in small letters": PLAIN.replace(b"GET", b"get"),
    "HTTP/1.0": PLAIN.replace(b"1.1", b"1.0"),
    "HTTP/2.0": PLAIN.replace(b"1.1", b"2.0"),
    "no version": PLAIN.replace(b" HTTP/1.1", b""),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "absolute form": PLAIN.replace(b"/status", b"http://x/status"),
    "asterisk form": PLAIN.replace(b"/status", b"*"),
    "escape in the path": PLAIN.replace(b"/status", b"/%73tatus"),
    "fragment": PLAIN.replace(b"/status", b"/status#a"),
    "fragment in the query": PLAIN.replace(b"/status", b"/status?a=b#c"),
    "NUL in the target": PLAIN.replace(b"/status", b"/sta\0tus"),
    "control byte in the target": PLAIN.replace(b"/status", b"/sta\x7ftus"),
    "raw byte in the target": PLAIN.replace(b"/status", b"/stat\xfcs"),
    "tab behind the target": PLAIN.replace(b"/status ", b"/status\t"),
    "two spaces before the target": PLAIN.replace(b" /status", b"  /status"),
    "two spaces behind the target": PLAIN.replace(b"/status ", b"/status  "),
    "space behind the version": PLAIN.replace(b"1.1\r", b"1.1 \r"),
    "line before the request": b"\r\n" + PLAIN,
    "incomplete line": LINE[:-4],
    "incomplete head": PLAIN[:-2],
    "one byte less": PLAIN[:-1],
    "two requests": PLAIN + PLAIN,
    "a byte behind the request": PLAIN + b"G",
    "more than 16 KiB": of_length(LONGEST + 1),
    "bare LF behind the request line": PLAIN.replace(LINE, LINE[:-2] + b"\n"),
    "bare LF behind a header": PLAIN.replace(b"x\r\n", b"x\n"),
    "bare LF between headers": with_headers(b"A: b\nC: d"),
    "bare CR between headers": with_headers(b"A: b\rC: d"),
    "request behind bare LFs": LINE[:-2] + b"\nHost: x\n\n" + PLAIN,
    "folded header": with_headers(b"X: a", b" b"),
    "folded empty header": with_headers(b"X:", b"\tb"),
    "space before a colon": with_headers(b"X : a"),
    "no colon": with_headers(b"X"),
    "no name": with_headers(b": a"),
    "odd name": with_headers(b"X(: a"),
    "raw byte in a name": with_headers(b"X\xe9: a"),
    "NUL in a value": with_headers(b"X: a\0b"),
    "control byte in a value": with_headers(b"X: a\x01b"),
    "no host": LINE + b"Accept: */*\r\n\r\n",
    "no header": LINE + b"\r\n",
    "empty host": PLAIN.replace(b"x", b" "),
    "two hosts": with_headers(b"host: x"),
    "two cookies": with_headers(b"Cookie: a=b", b"Cookie: c=d"),
    "two lengths": with_headers(b"Content-Length: 0", b"Content-Length: 0"),
    "length of 0": with_headers(b"Content-Length: 0"),
    "length": with_headers(b"Content-Length: 5") + b"12345",
    "length, and a body like the end of a head": with_headers(b"Content-Length: 4"),
    "chunks": with_headers(b"Transfer-Encoding: chunked"),
    "empty coding": with_headers(b"Transfer-Encoding:"),
    "trailer": with_headers(b"Trailer: X"),
    "expectation": with_headers(b"Expect: 100-continue"),
    "upgrade to a web socket": with_headers(b"Connection: upgrade", b"Upgrade: websocket"),
    "upgrade without a connection header": with_headers(b"Upgrade: h2c"),
    "connection header without an upgrade": with_headers(b"Connection: upgrade"),
    "HTTP/2 settings": with_headers(b"HTTP2-Settings: AAMAAABkAAQAAP__"),
    "TE": with_headers(b"TE: trailers"),
    "proxy connection": with_headers(b"Proxy-Connection: close"),
    "two connection options": with_headers(b"Connection: keep-alive, close"),
    "two connection headers": with_headers(b"Connection: keep-alive", b"Connection: close"),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 400,
}


@pytest.mark.parametrize("sent", LEFT.values(), ids=LEFT)
def test_other_bytes_are_left_to_h11(sent: bytes) -> None:
    assert whole_get(sent, ADDRESS) is None


def test_head_of_16_kib_is_parsed() -> None:
    assert whole_get(of_length(LONGEST), ADDRESS) is not None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"", {}),
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=1&a=2", {"a": "1"}),
        (b"a=&a=2&b", {"a": "", "b": ""}),
        (b"a+b=c+d", {"a b": "c d"}),
        (b"%61=%41&a=2", {"a": "A"}),
        (b"a=1;b=2", {"a": "1;b=2"}),
        (b"&&a=1&&", {"a": "1"}),
        (b"a=1?b=/", {"a": "1?b=/"}),
        (b"a=%C3%A9&b=%E9&c=%zz&d=%", {"a": "é", "b": "\ufffd", "c": "%zz", "d": "%"}),
        (b"=1&==", {"": "1"}),
    ],
)
def test_query_is_read_as_of_an_asgi_scope(query: bytes, expected: dict[str, str]) -> None:
    head = whole_get(PLAIN.replace(b"/status", b"/status?" + query), ADDRESS)
    assert head is not None
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/status",
        "query_string": query,
        "headers": [(b"host", b"x")],
        "client": (ADDRESS, 1),
        "http_version": "1.1",
    }
    of_scope = Request.of(scope)
    assert head.request.query == of_scope.query == expected
    assert head.request.path == of_scope.path


PLAIN_LINES, PLAIN_HEADERS = 4, 9
"""How many of these are well-formed: the first ones."""
LINES = [
    LINE,
    b"GET / HTTP/1.1\r\n",
    b"GET /a?b=%41+c&b HTTP/1.1\r\n",
    b"GET /a\"<>\\^`{|}~!$'()*,;: HTTP/1.1\r\n",
    b"GET  / HTTP/1.1\r\n",
    b"GET /  HTTP/1.1\r\n",
    b"GET / HTTP/1.1 \r\n",
    b"GET / HTTP/1.1\n",
    b"GET / HTTP/1.0\r\n",
    b"GET /\tHTTP/1.1\r\n",
]
HEADERS = [
    b"Cookie: a=b; c=d\r\n",
    b"X: \t\xe9\xa0 b\t \r\n",
    b"Y:\r\n",
    b"A-b: c \r\n",
    b"aCCEPT:*/*\r\n",
    b"Authorization: Bearer \tx\r\n",
    b"Connection: close\r\n",
    b"Connection: Close \r\n",
    b"Connection: keep-alive\r\n",
    b"hOST:y \t\r\n",
    b"Host:\r\n",
    b"X-\xe9: a\r\n",
    b"Connection: keep-alive, close\r\n",
    b"Connection: upgrade\r\n",
    b"Upgrade: websocket\r\n",
    b"Expect: 100-continue\r\n",
    b"Content-Length: 0\r\n",
    b"Content-Length: 4\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding:\r\n",
    b" folded\r\n",
    b"\tfolded\r\n",
    b"A : b\r\n",
    b": b\r\n",
    b"A\r\n",
    b"A: b\n",
    b"A: b\r",
    b"\r\n",
    b"\n",
]
INSERTED = [b" ", b"\t", b"\r", b"\n", b"\0", b":", b",", b";", b"\r\n\r\n", b"\x0b", b"\x7f", b"\xff"]
EDIT = st.tuples(st.integers(0, 200), st.one_of(st.sampled_from(INSERTED), st.binary(max_size=2)), st.integers(0, 2))
"""Where, what is inserted, and how many bytes are taken away."""


@st.composite
def sent_bytes(draw: st.DrawFn) -> bytes:
    """Bytes that are a GET, or nearly."""
    is_near = draw(st.booleans())
    line = draw(st.sampled_from(LINES[:PLAIN_LINES] if is_near else LINES))
    host = b"Host: x\r\n" if is_near else draw(st.sampled_from([b"Host: x\r\n", b""]))
    headers = draw(st.lists(st.sampled_from(HEADERS[:PLAIN_HEADERS] if is_near else HEADERS), max_size=3, unique=True))
    end = b"\r\n" if is_near else draw(st.sampled_from([b"\r\n", b"", b"\n", b"\r\n" + PLAIN]))
    data = line + host + b"".join(headers) + end
    for at, inserted, removed in draw(st.lists(EDIT, max_size=1 if is_near else 2)):
        place = at % (len(data) + 1)
        data = data[:place] + inserted + data[place + removed :]
    return data


def by_h11(data: bytes) -> tuple[list[Any], bytes, bool]:
    """What h11 finds in the bytes: its events, what is behind the request, and whether the connection stays open."""
    parser = h11.Connection(h11.SERVER)
    parser.receive_data(data)
    events = [parser.next_event(), parser.next_event()]
    return events, parser.trailing_data[0], parser.their_state is h11.DONE


@settings(max_examples=500)
@given(sent_bytes())
def test_what_is_parsed_means_the_same_to_h11(data: bytes) -> None:
    head = whole_get(data, ADDRESS)
    event("left to h11" if head is None else "parsed")
    if head is None:
        return
    (request, end), behind, keeps_alive = by_h11(data)
    assert isinstance(request, h11.Request)
    assert isinstance(end, h11.EndOfMessage)
    assert behind == b""
    path, _, query = request.target.decode("ascii").partition("?")
    headers = [(name.decode("ascii"), value.decode("latin-1").strip(" \t")) for name, value in request.headers]
    assert (request.method, request.http_version) == (b"GET", b"1.1")
    assert head.request.path == path
    assert (
        head.request.query
        == Request.of({"method": "GET", "path": path, "query_string": query.encode(), "headers": []}).query
    )
    assert list(head.request.headers.items()) == headers
    assert head.keeps_alive == keeps_alive
