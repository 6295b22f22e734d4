"""Sends the requests of one simulated person, and notes each for the results and for Locust's own page."""

import socket
import time
from collections.abc import Callable
from typing import Any

import gevent
from geventhttpclient import HTTPClient
from geventhttpclient.response import HTTPParseError

CONNECT_S, ANSWER_S = 10.0, 40.0
"""Timeouts of a connection, and of an answer: longer than a long poll of 20 s behind a slow proxy."""
BROKEN = (OSError, HTTPParseError, gevent.Timeout)
"""What a failed connection raises. `HTTPParseError` includes a connection that was closed within an answer."""

Note = Callable[[str, str, float, int, BaseException | None], None]
"""Takes the method, the name of a request, its time in ms, the bytes of its answer, and what went wrong."""


def fault_of(error: BaseException) -> str:
    """Names the kind of a failed connection."""
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    return "timeout" if isinstance(error, gevent.Timeout | socket.timeout) else "cut"


class Requests:
    """The requests of one person to one site."""

    def __init__(self, host: str, headers: dict[str, str], note: Note) -> None:
        self._host, self._note = host, note
        self.headers = headers | {"X-Requested-With": "playhead"}
        self._client: HTTPClient | None = None

    def stream(self, path: str, accept: str = "text/event-stream") -> tuple[HTTPClient, Any]:
        """Opens a connection of its own for a stream, and returns it with the response, whose body is unread."""
        client = HTTPClient.from_url(self._host, network_timeout=None, connection_timeout=CONNECT_S)
        try:
            return client, client.request("GET", path, headers=self.headers | {"Accept": accept})
        except BaseException:
            client.close()
            raise

    def ask(
        self, method: str, path: str, name: str, *, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Any:
        """Sends a request, and returns the response, whose `.body` is read. Raises one of `BROKEN` if it fails."""
        if self._client is None:
            self._client = HTTPClient.from_url(self._host, network_timeout=ANSWER_S, connection_timeout=CONNECT_S)
        began = time.perf_counter()
        try:
            response = self._client.request(method, path, body=body, headers=self.headers | (headers or {}))
            response.body = bytes(response.read())
        except BROKEN as error:
            self.close()
            self._note(method, name, (time.perf_counter() - began) * 1e3, 0, error)
            raise
        self._note(method, name, (time.perf_counter() - began) * 1e3, len(response.body), None)
        return response

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None


def multipart(file: str, content: bytes) -> tuple[bytes, dict[str, str]]:
    """Encodes a form with one file: the body, and its header."""
    mark = b"----playhead-load"
    head = b'Content-Disposition: form-data; name="file"; filename="%b"\r\nContent-Type: application/octet-stream'
    body = b"--%b\r\n%b\r\n\r\n%b\r\n--%b--\r\n" % (mark, head % file.encode(), content, mark)
    return body, {"Content-Type": f"multipart/form-data; boundary={mark.decode()}"}
