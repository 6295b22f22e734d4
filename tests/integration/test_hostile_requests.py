"""Malformed requests to a real web process are refused, hide no second request, and cause no server error."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.support.site import Web
from tests.support.waiting import ANSWER_S

HEAD = "Host: playhead.test\r\nX-Requested-With: playhead\r\n"
SECOND = "GET /healthz HTTP/1.1\r\nHost: playhead.test\r\n\r\n"
"""A request that an attacker hides in the body of another one. Its answer is `ok`."""
REFUSED = {400, 404, 405, 413, 501}


@contextmanager
def connection(web: Web) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", web.port), timeout=ANSWER_S) as opened:
        yield opened


def answers(web: Web, sent: str | bytes) -> list[int]:
    """Send bytes, close the sending side, and return the statuses of all responses."""
    with connection(web) as opened:
        opened.sendall(sent if isinstance(sent, bytes) else sent.encode("latin-1"))
        opened.shutdown(socket.SHUT_WR)
        received = b""
        while piece := opened.recv(65536):
            received += piece
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", received)]


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
def test_malformed_request_is_refused_and_hides_no_second_one(web: Web, sent: str) -> None:
    (found,) = answers(web, sent)
    assert found in REFUSED


def test_valid_pipelined_requests_are_each_answered(web: Web) -> None:
    assert answers(web, SECOND + SECOND) == [200, 200]
    assert answers(web, posted("Content-Length: 2\r\n", "{}" + SECOND)) == [400, 200]


def test_chunks_override_a_length_or_the_request_is_refused(web: Web) -> None:
    body = "0\r\n\r\n" + SECOND
    found = answers(web, posted(f"Content-Length: {len(body)}\r\nTransfer-Encoding: chunked\r\n", body))
    assert found in ([400], [400, 200])  # an empty body is not JSON; the second request may be answered by itself


def test_chunks_in_http_1_0_hide_no_second_request(web: Web) -> None:
    sent = f"POST /api/v1/auth/login HTTP/1.0\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SECOND}"
    assert answers(web, sent) == [400]


UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


@pytest.mark.parametrize("headers", ["Connection: close\r\n", UPGRADE], ids=["plain", "web socket"])
@pytest.mark.parametrize("target", ["?x", "http://[/", "*", "healthz", "http://", "//[", "/%", "/%zz", "/%00", "/\x7f"])
def test_malformed_target_is_no_server_error(web: Web, target: str, headers: str) -> None:
    (found,) = answers(web, f"GET {target} HTTP/1.1\r\n{HEAD}{headers}\r\n")
    assert found < 500


def test_upgrade_to_a_web_socket_is_ignored(web: Web) -> None:
    assert answers(web, f"GET /healthz HTTP/1.1\r\n{HEAD}{UPGRADE}\r\n") == [200]
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
