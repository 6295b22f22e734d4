"""A TCP line to a server on this machine that holds the bodies of uploads back until a test lets bytes pass."""

import contextlib
import select
import socket
import threading
from collections.abc import Iterator

from tests.support.tcp_line import TcpLine, reset_at_close

BODY = b"PATCH /api/v1/uploads/"
"""How a request begins that brings bytes of a recording; all others pass."""
PIECE_BYTES = 16 * 1024
LOOK_S = 0.05
"""Between two looks of a connection that is held back whether it is to end."""


class Gate(TcpLine):
    """The line. It is closed at first."""

    def __init__(self, server_port: int) -> None:
        self._changed = threading.Condition()
        self._left: float = 0
        self._cuts = 0
        super().__init__(server_port)

    def let(self, size: float) -> None:
        """Lets so many more bytes pass, with the headers of their requests."""
        with self._changed:
            self._left += size
            self._changed.notify_all()

    def open(self) -> None:
        self.let(float("inf"))

    def shut(self) -> None:
        with self._changed:
            self._left = 0

    def cut(self) -> None:
        """Resets the connections that bring recordings."""
        with self._changed:
            self._cuts += 1
            self._changed.notify_all()

    def close(self) -> None:
        self.open()
        super().close()

    def _upwards(self, client: socket.socket, server: socket.socket, number: int) -> None:
        is_body = False
        while piece := client.recv(PIECE_BYTES):
            # A request begins with its own piece: a browser waits for the answer before the next one.
            is_body = piece.startswith(BODY) or (is_body and not piece.startswith((b"GET ", b"POST ", b"HEAD ")))
            if is_body and not self._take(client, len(piece)):
                server.shutdown(socket.SHUT_RDWR)  # or the other thread would keep it open
                reset_at_close(client)
                return
            server.sendall(piece)

    def _take(self, client: socket.socket, size: int) -> bool:
        """Waits until these bytes may pass; False if the connection is cut, or was left, meanwhile."""
        with self._changed:
            cuts = self._cuts
            while self._left <= 0 and cuts == self._cuts and not _is_left(client):
                self._changed.wait(LOOK_S)
            if cuts != self._cuts or self._left <= 0 or _is_left(client):  # late bytes would look like a newer request
                return False
            self._left -= size
            return True


def _is_left(client: socket.socket) -> bool:
    """Whether the client has closed the connection, also with bytes that nobody has read."""
    poll = select.poll()
    poll.register(client, select.POLLRDHUP)
    return bool(poll.poll(0))


@contextlib.contextmanager
def upload_gate(server_port: int) -> Iterator[Gate]:
    gate = Gate(server_port)
    try:
        yield gate
    finally:
        gate.close()
