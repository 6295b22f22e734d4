"""Malformed requests to a real web process are refused, hide no second request, and cause no server error.

A plain GET of a status is parsed by httptools and answered before the app, all else by h11 and the app: `Way`.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest

from tests.support.site import Site, Web
from tests.support.waiting import ANSWER_S

HOST = "Host: playhead.test\r\n"
HEAD = f"{HOST}X-Requested-With: playhead\r\n"
SECOND = "GET /healthz HTTP/1.1\r\nHost: playhead.test\r\n\r\n"
"""A request that an attacker hides in the body of another one. Its answer is `ok`."""
STATUSES = "/api/v1/status"
REFUSED = {400, 404, 405, 413, 501}
STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})")


@dataclass(frozen=True)
class Way:
    """How the server parses the requests of a test.

    Args:
        path: of every plain GET.
        login: the header with which it is answered.
        before: a request that is answered before those of the test, on the same connection.
    """

    path: str = "/healthz"
    login: str = ""
    before: str = ""

    def of(self, sent: str) -> str:
        """The bytes of a test in this way."""
        sent = sent.replace("GET /healthz ", f"GET {self.path} ").replace("GET / ", f"GET {self.path} ")
        return sent.replace(HOST, HOST + self.login)


@pytest.fixture(params=["by the app", "directly", "after a direct answer"])
def way(request: pytest.FixtureRequest, site: Site) -> Way:
    if request.param == "by the app":
        return Way()
    directly = Way(STATUSES, f"Authorization: Bearer {site.person().token}\r\n")
    if request.param == "directly":
        return directly
    return Way(directly.path, directly.login, directly.of(SECOND))


@contextmanager
def connection(web: Web) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", web.port), timeout=ANSWER_S) as opened:
        yield opened


def answers(web: Web, sent: str, before: str = "") -> list[int]:
    """Send bytes, close the sending side, and return the statuses of all responses.

    Args:
        before: a request whose response is awaited first; its status is not returned.
    """
    with connection(web) as opened:
        if before:
            opened.sendall(before.encode())
            received = b""
            while b"}" not in received:  # the end of its body
                received += opened.recv(65536)
            assert STATUS_LINE.findall(received) == [b"200"]
        opened.sendall(sent.encode("latin-1"))
        opened.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: opened.recv(65536), b""))
    return [int(status) for status in STATUS_LINE.findall(received)]


def posted(headers: str, body: str) -> str:
    return f"POST /api/v1/auth/login HTTP/1.1\r\n{HEAD}Content-Type: application/json\r\n{headers}\r\n{body}"


@pytest.mark.parametrize(
    "sent",
    [
        posted("Content-Length: 5\r\nContent-Length: 6\r\n", "12345" + SECOND),
        posted("Content-Length: +5\r\n", "12345" + SECOND),
        posted("Content-Length: -1\r\n", SECOND),
        posted(f"Content-Length: {'9' * 30}\r\n", SECOND),
        posted("Content-Length: 0x5\r\n", "12345" + SECOND),
        posted("Content-Length : 5\r\n", "12345" + SECOND),
        posted("Transfer-Encoding: chunked\r\n", "ZZ\r\n12345\r\n0\r\n\r\n" + SECOND),
        posted("Transfer-Encoding: chunked\r\n", "-5\r\n12345\r\n0\r\n\r\n" + SECOND),
        posted("Transfer-Encoding: xchunked\r\n", "5\r\n12345\r\n0\r\n\r\n" + SECOND),
        posted("Transfer-Encoding: gzip, chunked\r\n", "5\r\n12345\r\n0\r\n\r\n" + SECOND),
        f"GET / HTTP/1.1\r\n{HEAD}X-Name: a\0b\r\n\r\n" + SECOND,
        f"GET / HTTP/1.1\r\n{HEAD}Host: evil.test\r\n\r\n" + SECOND,
        f"GET /a b HTTP/1.1\r\n{HEAD}\r\n" + SECOND,
        f"GET / HTTP/9.9\r\n{HEAD}\r\n" + SECOND,
        "GET / HTTP/1.1\r\n\r\n" + SECOND,
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\0" * 400,
    ],
    ids=[
        "two lengths",
        "signed length",
        "negative length",
        "huge length",
        "hexadecimal length",
        "spaced colon",
        "bad chunk",
        "negative chunk",
        "unknown coding",
        "two codings",
        "NUL in a header",
        "two hosts",
        "space in the target",
        "unknown version",
        "no host",
        "TLS",
    ],
)
def test_malformed_request_is_refused_and_hides_no_second_one(web: Web, way: Way, sent: str) -> None:
    (found,) = answers(web, way.of(sent), way.before)
    assert found in REFUSED


def test_valid_pipelined_requests_are_each_answered(web: Web, way: Way) -> None:
    assert answers(web, way.of(SECOND + SECOND), way.before) == [200, 200]
    assert answers(web, way.of(posted("Content-Length: 2\r\n", "{}" + SECOND)), way.before) == [400, 200]


def test_body_of_a_get_is_no_second_request(web: Web, way: Way) -> None:
    head, body = way.of(SECOND).removesuffix("\r\n"), way.of(SECOND)
    with_length = f"{head}Content-Length: {len(body)}\r\n\r\n{body}"
    in_chunks = f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n{body}\r\n0\r\n\r\n"
    for sent in (with_length, in_chunks):
        assert answers(web, sent, way.before) in ([200], [413])  # a small body may be ignored


def test_chunks_override_a_length_or_the_request_is_refused(web: Web, way: Way) -> None:
    body = "0\r\n\r\n" + SECOND
    sent = posted(f"Content-Length: {len(body)}\r\nTransfer-Encoding: chunked\r\n", body)
    found = answers(web, way.of(sent), way.before)
    assert found in ([400], [400, 200])  # an empty body is not JSON; the second request may be answered by itself


def test_chunks_in_http_1_0_hide_no_second_request(web: Web, way: Way) -> None:
    sent = f"POST /api/v1/auth/login HTTP/1.0\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SECOND}"
    assert answers(web, way.of(sent), way.before) == [400]


TO_THE_APP = "TE: trailers\r\n"
"""A header that changes nothing, except that its request is not answered directly."""
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


@pytest.mark.parametrize("headers", ["Connection: close\r\n", UPGRADE], ids=["plain", "web socket"])
@pytest.mark.parametrize("target", ["?x", "http://[/", "*", "healthz", "http://", "//[", "/%", "/%zz", "/%00", "/\x7f"])
def test_malformed_target_is_no_server_error(web: Web, target: str, headers: str) -> None:
    (found,) = answers(web, f"GET {target} HTTP/1.1\r\n{HEAD}{headers}\r\n")
    assert found < 500


@pytest.mark.parametrize(
    "target",
    [
        STATUSES,
        f"{STATUSES}?since=%zz&since=1&&x;y=%",
        f"{STATUSES}?version=%00",
        f"{STATUSES}#a",
        f"{STATUSES}/",
        f"/{STATUSES}",
        f"{STATUSES}%00",
        f"{STATUSES}\x7f",
        "/api/v1/sessions//status",
        "/api/v1/sessions/../status",
        "/api/v1/sessions/%2e%2e/status",
        '/api/v1/sessions/"<>\\^`{|}/status',
        f"/api/v1/sessions/{'0' * 5000}/status",
        f"/api/v1/sessions/{'0' * 20000}/status",
    ],
)
def test_odd_target_of_a_status_is_answered_as_by_the_app(web: Web, site: Site, target: str) -> None:
    line = f"GET {target} HTTP/1.1\r\n{HOST}Authorization: Bearer {site.person().token}\r\nConnection: close\r\n"
    directly, by_the_app = (answers(web, f"{line}{header}\r\n") for header in ("", TO_THE_APP))
    assert directly == by_the_app
    assert len(directly) == 1
    assert directly[0] < 500


def test_upgrade_to_a_web_socket_is_ignored(web: Web, way: Way) -> None:
    assert answers(web, way.of(f"GET /healthz HTTP/1.1\r\n{HEAD}{UPGRADE}\r\n"), way.before) == [200]
    assert answers(web, f"GET /api/v1/status/stream HTTP/1.1\r\n{HEAD}{UPGRADE}\r\n") == [401]


@pytest.mark.parametrize(
    "path", ["/../../etc/passwd", "/assets/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/docs/..\\..\\x"]
)
def test_path_cannot_leave_the_folder_of_the_page(web: Web, path: str) -> None:
    with connection(web) as opened:
        opened.sendall(f"GET {path} HTTP/1.1\r\n{HEAD}Connection: close\r\n\r\n".encode())
        received = b"".join(iter(lambda: opened.recv(65536), b""))
    assert b"root:" not in received
    assert received.startswith((b"HTTP/1.1 200", b"HTTP/1.1 404"))


def test_host_header_does_not_appear_in_a_response(web: Web) -> None:
    for path in ("/", "/docs", "/docs/", "/api/v1/me", "/api/v1/openapi.json"):
        answer = httpx.get(f"{web.url}{path}", headers={"Host": "evil.test", "X-Forwarded-Host": "evil.test"})
        assert "evil.test" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_method_cannot_be_overridden(web: Web, header: str) -> None:
    answer = httpx.post(f"{web.url}/api/v1/me", headers={header: "GET", "X-Requested-With": "playhead"})
    assert answer.status_code == 405
