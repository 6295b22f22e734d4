"""The clients that poll or wait: all ask once, at the same moment, each with the tag of its last answer."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from infra.load.poller import Pollers

N = 5
DEADLINE_S = 10.0


class Tagged(ThreadingHTTPServer):
    """Answers with one document, and notes the headers that it was asked with."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str | None]] = []
        self.connections = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Tagged

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_GET(self) -> None:
        tag, wait = self.headers["If-None-Match"], self.headers["Prefer"]
        self.server.asked.append((tag, wait))
        body = b"" if tag == '"7"' else b'{"message":"none"}'
        self.send_response(200 if body else 304)
        self.send_header("ETag", '"7"')
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Tagged]:
    with Tagged() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def pollers() -> Iterator[Pollers]:
    made = Pollers()
    yield made
    made.drop()
    made.epoll.close()


def ask(pollers: Pollers, server: Tagged, wait_s: int = 0) -> dict[str, float]:
    pollers.ask_all(server.server_port, ["/status"] * N, [""] * N, wait_s)
    found: dict[str, float] = pollers.all_answered(DEADLINE_S)
    return found


def test_all_are_unchanged_once_they_have_the_tag(pollers: Pollers, server: Tagged) -> None:
    assert ask(pollers, server)["unchanged"] == 0
    seen = ask(pollers, server)
    assert (seen["asked"], seen["unchanged"], seen["asking"], seen["refused"]) == (N, N, 0, 0)
    assert server.asked == [('"none"', None)] * N + [('"7"', None)] * N


def test_connections_are_kept_until_all_hang_up(pollers: Pollers, server: Tagged) -> None:
    ask(pollers, server)
    ask(pollers, server)
    assert server.connections == N
    pollers.hang_up()
    assert ask(pollers, server)["unchanged"] == N
    assert server.connections == 2 * N


def test_wait_is_asked_for_with_its_seconds(pollers: Pollers, server: Tagged) -> None:
    ask(pollers, server, wait_s=20)
    assert {wait for _, wait in server.asked} == {"wait=20"}


def test_nobody_asks_again_after_the_answer(pollers: Pollers, server: Tagged) -> None:
    ask(pollers, server, wait_s=20)
    assert pollers.due == []
