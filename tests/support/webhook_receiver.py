"""A receiver of notices over HTTP on the loopback: it keeps what it was sent, and answers as a test wants it to."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from standardwebhooks import Webhook

from tests.support.local_server import LocalServer

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""The example of the Standard Webhooks specification."""


@dataclass(frozen=True)
class Received:
    """A notice as it arrived, and how it was answered."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    def verified(self, secret: str = SECRET) -> dict[str, Any]:
        """The body, checked by the official verifier. Raises WebhookVerificationError."""
        found: dict[str, Any] = Webhook(secret).verify(self.body, dict(self.headers))
        return found


class WebhookReceiver(LocalServer):
    """Answers each notice with `status` and `text`, or hangs while `goes_on` is cleared.

    Args:
        port: where it listens; 0: a free one.
    """

    def __init__(self, port: int = 0) -> None:
        self.status = 200
        self.text = b""
        self.received: list[Received] = []
        """Everything that came, also what was refused."""
        self.goes_on = threading.Event()
        self.goes_on.set()
        super().__init__(self._answerer(), port)

    @property
    def taken(self) -> list[Received]:
        """What was answered with 200."""
        return [one for one in self.received if one.status == 200]

    def end(self) -> None:
        """Closes it, also while a notice hangs."""
        self.goes_on.set()
        self.close()

    def _answerer(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.goes_on.wait()
                status, names = server.status, {name.lower(): value for name, value in self.headers.items()}
                server.received.append(Received(self.path, names, body, status))
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(server.text)))
                self.end_headers()
                self.wfile.write(server.text)

            def log_message(self, format: str, *args: object) -> None:
                """Not to stderr."""

        return Answer
