"""An HTTP server on the loopback for the time of a test; what it answers is its user's."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LocalServer:
    def __init__(self, answer: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        self._http = ThreadingHTTPServer(("127.0.0.1", port), answer)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), name="test-server")
        self._thread.start()

    @property
    def port(self) -> int:
        return self._http.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop. A second call does nothing."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
