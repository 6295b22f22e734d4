"""A real HTTP server on the loopback that answers as Unleash's client API does, or with named bad manners."""

import hashlib
import threading
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler

from tests.support.local_server import LocalServer

TOKEN = "default:development.test"


class Manners(Enum):
    GOOD = auto()
    HANGING = auto()
    NONSENSE = auto()
    """200 with a page of HTML, as a captive portal or a proxy would."""
    FAILING = auto()
    FORBIDDING = auto()


class FlagServer(LocalServer):
    """Serves `document`, which a test may replace at any time. With `port`, it comes back where it was."""

    def __init__(self, document: str, *, manners: Manners = Manners.GOOD, port: int = 0) -> None:
        self.document = document
        self.manners = manners
        self.fetches = 0
        self.refused_tokens = 0
        self.metrics: list[bytes] = []
        self._released = threading.Event()
        super().__init__(self._answerer(), port)

    def release(self) -> None:
        """Have good manners from now on, and hang up on everyone who was kept waiting."""
        self.manners = Manners.GOOD
        self._released.set()

    def close(self) -> None:
        """Stop, and hang up on everyone who was kept waiting. A second call does nothing."""
        self._released.set()
        super().close()

    def _answerer(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.fetches += 1
                etag = hashlib.sha256(server.document.encode()).hexdigest()
                if not self._has_manners():
                    return
                if self.path != "/api/client/features":
                    self._send(404, "")
                elif self.headers.get("If-None-Match") == etag:
                    self._send(304, "", etag)
                else:
                    self._send(200, server.document, etag)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self._has_manners():
                    if self.path == "/api/client/metrics":
                        server.metrics.append(body)
                    self._send(202, "")

            def log_message(self, format: str, *args: object) -> None:
                """Not to stderr."""

            def _has_manners(self) -> bool:
                if self.headers.get("Authorization") != TOKEN:
                    server.refused_tokens += 1
                    self._send(401, '{"message":"You must be logged in"}')
                    return False
                if server.manners is Manners.HANGING:
                    server._released.wait()
                    self.close_connection = True
                elif server.manners is Manners.NONSENSE:
                    self._send(200, "<html><body>Welcome to the hotel</body></html>", "a-page")
                elif server.manners is Manners.FORBIDDING:
                    self._send(403, "{}")
                elif server.manners is Manners.FAILING:
                    self._send(503, "")
                return server.manners is Manners.GOOD

            def _send(self, status: int, body: str, etag: str = "") -> None:
                content = body.encode()
                self.send_response(status)
                if etag:
                    self.send_header("ETag", etag)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        return Answer
