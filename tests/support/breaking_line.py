"""A TCP line to a server on this machine that breaks, or stands still, after a number of bytes from the client."""

import re
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

OFFSET = re.compile(rb"^upload-offset: (\d+)", re.MULTILINE | re.IGNORECASE)
RESET = struct.pack("ii", 1, 0)
"""`SO_LINGER`: a close is a reset, as from a proxy that died."""
LOOK_S = 0.05
"""Between two looks whether the line is to end."""


@dataclass(frozen=True)
class Breaks:
    """What becomes of a connection after so many bytes from the client: it is cut, or it stands still."""

    after: int
    is_cut: bool = True


class Line:
    """The line. Connections break by script, one after another, and those beyond it do not.

    Attributes:
        port: where it listens.
        offsets: the `Upload-Offset` of each request that passed.
        broken: how many connections broke or stand still.
    """

    def __init__(self, server_port: int, script: Sequence[Breaks]) -> None:
        self._server_port, self._script = server_port, list(script)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        self.port = self._listening.getsockname()[1]
        self.offsets: list[int] = []
        self.broken = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._ended.set()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                breaks = self._script.pop(0) if self._script else None
                threading.Thread(target=self._pass, args=(client, breaks), daemon=True).start()

    def _pass(self, client: socket.socket, breaks: Breaks | None) -> None:
        with client, suppress(OSError):
            server = socket.create_connection(("127.0.0.1", self._server_port))
            with server:
                threading.Thread(target=_copy, args=(server, client), daemon=True).start()
                self._upwards(client, server, breaks)

    def _upwards(self, client: socket.socket, server: socket.socket, breaks: Breaks | None) -> None:
        left = breaks.after if breaks else None
        while piece := client.recv(64 * 1024 if left is None else min(left, 64 * 1024)):
            self.offsets += [int(found) for found in OFFSET.findall(piece)]
            server.sendall(piece)
            left = None if left is None else left - len(piece)
            if left == 0:
                break
        if not left and breaks:
            self.broken += 1
            if breaks.is_cut:
                for one in (client, server):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            else:
                self._ended.wait()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):  # reset, as by a server that was killed
        while piece := source.recv(64 * 1024):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def breaking_line(server_port: int, *script: Breaks) -> Iterator[Line]:
    line = Line(server_port, script)
    try:
        yield line
    finally:
        line.close()
