"""A real HTTP server on the loopback that answers as Unleash's Admin API does, where it is told to."""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support.local_server import LocalServer

ENVIRONMENT = "environments/development"
EXPORT, IMPORT, VALIDATE = "features-batch/export", "features-batch/import", "features-batch/validate"
CONTEXT, ARCHIVE, EVENTS = "context", "search/features", "search/events"
VALID: dict[str, list[object]] = {"errors": [], "warnings": [], "permissions": []}


def refusal(message: str) -> str:
    """As Unleash words it: once with its own preface, once without."""
    return json.dumps({"name": "X", "message": f"Request failed: {message}", "details": [{"message": message}]})


class AdminServer(LocalServer):
    """Answers by path, below `/api/admin/` and without a query; what it was not told of is not found."""

    def __init__(self, export: dict[str, Any]) -> None:
        self.answers: dict[str, tuple[int, str]] = {
            ENVIRONMENT: (200, "{}"),
            EXPORT: (200, json.dumps(export)),
            VALIDATE: (200, json.dumps(VALID)),
            IMPORT: (200, ""),
            ARCHIVE: (200, '{"features": []}'),
            EVENTS: (200, '{"events": []}'),
            CONTEXT: (200, json.dumps(export.get("contextFields", []))),
        }
        self.asked: list[tuple[str, str, Any]] = []
        self.tokens: set[str | None] = set()
        super().__init__(self._answerer())

    def _answerer(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.removeprefix("/api/admin/")
                server.tokens.add(self.headers.get("Authorization"))
                server.asked.append((self.command, path, json.loads(content) if content else None))
                status, body = server.answers.get(path.partition("?")[0], (404, refusal(f"there is no {path}")))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names that `http.server` looks for

            def log_message(self, format: str, *args: object) -> None:
                """Not to stderr."""

        return Answer
