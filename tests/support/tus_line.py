"""A client of tus 1.0 on bare connections, which a test can cut at any byte."""

import base64
import socket
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse

from tests.support.tcp_line import reset_at_close
from tests.support.waiting import ANSWER_S

ROUTE = "/api/v1/uploads"
CONTENT_TYPE = "application/offset+octet-stream"


def reset(connection: socket.socket) -> None:
    """Closes a connection as one that broke down."""
    reset_at_close(connection)
    connection.close()


class TusLine:
    """One person's client.

    Args:
        port: of the web process on this machine.
        headers: of every request, such as its token.
    """

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._port, self._headers = port, {"Tus-Resumable": "1.0.0"} | headers

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> HTTPResponse:
        """Sends a request on a connection of its own; the response is read."""
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_S)) as connection:
            connection.request(method, path, body or None, self._headers | (headers or {}))
            response = connection.getresponse()
            response.content = response.read()  # type: ignore[attr-defined]  # the connection is closed behind it
            return response

    def begin(self, length: int, filename: str = "talk.flac") -> str:
        """Begins an upload; returns its path."""
        metadata = f"filename {base64.b64encode(filename.encode()).decode()}"
        made = self.ask("POST", ROUTE, {"Upload-Length": str(length), "Upload-Metadata": metadata})
        assert made.status == 201, made.status
        return made.headers["Location"]

    def offset(self, path: str) -> int:
        found = self.ask("HEAD", path)
        assert found.status == 200, (found.status, found.headers.items())
        return int(found.headers["Upload-Offset"])

    def append(self, path: str, offset: int, body: bytes) -> HTTPResponse:
        return self.ask("PATCH", path, self._of_chunk(offset), body)

    def open(self, path: str, offset: int, length: int, body: bytes) -> socket.socket:
        """Begins a chunk of `length` bytes, of which only `body` is sent; the connection stays open."""
        given = self._headers | self._of_chunk(offset) | {"Host": "playhead.test", "Content-Length": str(length)}
        lines = [f"PATCH {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=ANSWER_S)
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        return connection

    def _of_chunk(self, offset: int) -> dict[str, str]:
        return {"Content-Type": CONTENT_TYPE, "Upload-Offset": str(offset)}
