"""An HTTP server on the loopback for the time of a test; what it answers is its user's."""

import socket
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LocalServer:
    def __init__(self, answer: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        self._http = ThreadingHTTPServer(("127.0.0.1", port), answer)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), name="test-server")
        self._thread.start()
        self._open = ExitStack()
        self._open.callback(self._end)

    @property
    def port(self) -> int:
        return self._http.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Refuse connections, and keep the port until `close`: another process would answer there."""
        self._open.close()
        kept = self._open.enter_context(socket.socket())
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", self.port))

    def close(self) -> None:
        """Stop. A second call does nothing."""
        self._open.close()

    def _end(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
