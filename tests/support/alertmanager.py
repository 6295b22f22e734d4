"""Runs Alertmanager beside a webhook that keeps what it is sent."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from infra.prometheus import servers

from playhead.up.folder import free_port
from tests.support.local_server import LocalServer
from tests.support.programs import environ, program
from tests.support.prometheus import programs
from tests.support.waiting import until

AT_ONCE = {"group_by": ["alertname"], "group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h"}
"""Each alert is a notice of its own, without waiting for others."""


class Notices:
    """What a webhook was sent: for each alert its newest notice."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._received: list[Mapping[str, Any]] = []

    def add(self, body: Mapping[str, Any]) -> None:
        with self._lock:
            self._received.append(body)

    def of(self, alert: str) -> list[Mapping[str, Any]]:
        """The alerts of this name in the order of their notices."""
        with self._lock:
            alerts = [one for body in self._received for one in body["alerts"]]
        return [one for one in alerts if one["labels"]["alertname"] == alert]

    def states(self) -> dict[str, str]:
        """`firing` or `resolved` of each alert that was ever sent."""
        with self._lock:
            alerts = [one for body in self._received for one in body["alerts"]]
        return {one["labels"]["alertname"]: one["status"] for one in alerts}


def _receiver(notices: Notices) -> type[BaseHTTPRequestHandler]:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            notices.add(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Prints nothing."""

    return Receiver


@contextmanager
def alertmanager(folder: Path) -> Iterator[tuple[servers.Server, Notices]]:
    """Runs one that sends each alert at once to a webhook, and again when it is resolved."""
    notices = Notices()
    with closing(LocalServer(_receiver(notices))) as webhook:
        receiver = {"name": "test", "webhook_configs": [{"url": f"{webhook.url}/", "send_resolved": True}]}
        configuration = {"route": {"receiver": "test"} | AT_ONCE, "receivers": [receiver]}
        server = servers.alertmanager(folder, free_port(), programs(), configuration)
        with program(server.command, environ(), folder / "log") as running:
            until(server.ready, f"Alertmanager answers: {running.err}")
            yield server, notices
