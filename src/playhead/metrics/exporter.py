"""Serves `/metrics` of a worker, from its parent process and for all of its children."""

import os
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playhead.config import Settings
from playhead.errors import Problem
from playhead.live.errors import plain
from playhead.metrics import access
from playhead.metrics.catalog import OF_WORKER
from playhead.metrics.channel import Channel, ParentMetrics
from playhead.metrics.exposition import Exposition
from playhead.metrics.metrics import Metrics
from playhead.port import cannot_listen

READ_S = 5.0
"""Timeout of a read from a client: Prometheus sends its request at once."""
REQUESTS_MAX = 8
"""Requests at once, each with a thread; more are cut off. Two Prometheus servers and a person need three."""


class Exporter:
    """The server, with the channel that its children send to.

    Create it before the children are forked, and close it in each of them. A child gets no thread and no lock of it.

    Args:
        settings: the settings of the worker; its port is not 0.

    Raises:
        ConfigError: the address cannot be listened on.
    """

    def __init__(self, settings: Settings) -> None:
        # Without a token only programs on this machine may read.
        host, port = settings.host if settings.metrics_token else access.LOOPBACK[0], settings.worker_metrics_port
        self.metrics = Metrics()
        self._pid = os.getpid()
        try:
            self._server = _Server(host, port, settings, self.metrics)
        except OSError as error:
            raise cannot_listen(host, port, error, "WORKER_METRICS_PORT") from None
        self.channel = Channel()
        parent = ParentMetrics(self.channel, self.metrics)
        self._receiver = threading.Thread(target=parent.run, name="receive-metrics", daemon=True)

    def start(self) -> None:
        """Starts its two threads."""
        self._receiver.start()
        threading.Thread(target=self._server.serve_forever, name="serve-metrics", daemon=True).start()

    def close(self) -> None:
        """Ends the threads and closes the port; what the children sent before is counted."""
        self._server.shutdown()
        self._server.server_close()
        self.channel.end()
        self._receiver.join()
        self.channel.close()

    def close_in_child(self) -> None:
        """Gives up what a child has of the server: its port would stay taken as long as the child lives."""
        if os.getpid() == self._pid:  # `--pool=solo`
            return
        self._server.socket.close()
        self.channel.receiving.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: str, port: int, settings: Settings, metrics: Metrics) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.host = host
        self.settings, self.metrics, self.exposition = settings, metrics, Exposition(OF_WORKER)
        self._free_threads = threading.BoundedSemaphore(REQUESTS_MAX)
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Binds without looking up the name of the host, which may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free_threads.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free_threads.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left, or sent nothing in time: nobody needs a traceback of it."""


class _Handler(BaseHTTPRequestHandler):
    timeout = READ_S
    server: _Server
    server_version = sys_version = ""

    def do_GET(self) -> None:
        try:
            if self.path.partition("?")[0] != "/metrics":
                raise plain(HTTPStatus.NOT_FOUND, "Only /metrics is here.")
            access.check(self.server.settings, self.server.host, self.headers.get("Authorization", ""))
        except Problem as problem:
            self._answer(problem.status, f"{problem.detail}\n".encode(), "text/plain; charset=utf-8")
            return
        collected = self.server.metrics.collect()
        body, content_type = self.server.exposition.text(collected, self.headers.get("Accept", ""))
        self._answer(HTTPStatus.OK, body, content_type)

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Logs no requests, which come every few seconds."""
