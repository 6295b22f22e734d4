"""A TCP line to a server on this machine that breaks, or stands still, after a number of bytes from the client."""

import re
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.tcp_line import PIECE_BYTES, TcpLine, reset_at_close

OFFSET = re.compile(rb"^upload-offset: (\d+)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Breaks:
    """What becomes of a connection after so many bytes from the client: it is cut, or it stands still."""

    after: int
    is_cut: bool = True


class Line(TcpLine):
    """The line. Connections break by script, one after another, and those beyond it do not.

    Attributes:
        offsets: the `Upload-Offset` of each request that passed.
        broken: how many connections broke or stand still.
    """

    def __init__(self, server_port: int, script: Sequence[Breaks]) -> None:
        self._script = script
        self._ended = threading.Event()
        self.offsets: list[int] = []
        self.broken = 0
        super().__init__(server_port)

    def close(self) -> None:
        self._ended.set()
        super().close()

    def _upwards(self, client: socket.socket, server: socket.socket, number: int) -> None:
        breaks = self._script[number] if number < len(self._script) else None
        left = breaks.after if breaks else None
        while piece := client.recv(PIECE_BYTES if left is None else min(left, PIECE_BYTES)):
            self.offsets += [int(found) for found in OFFSET.findall(piece)]
            server.sendall(piece)
            left = None if left is None else left - len(piece)
            if left == 0:
                break
        if not left and breaks:
            self.broken += 1
            if breaks.is_cut:
                for one in (client, server):
                    reset_at_close(one)
            else:
                self._ended.wait()


@contextmanager
def breaking_line(server_port: int, *script: Breaks) -> Iterator[Line]:
    line = Line(server_port, script)
    try:
        yield line
    finally:
        line.close()
