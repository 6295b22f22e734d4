"""A TCP line to a server on this machine; what it does with the bytes of clients is of its kinds."""

import contextlib
import itertools
import socket
import struct
import threading
from abc import ABC, abstractmethod

RESET = struct.pack("ii", 1, 0)
"""For `SO_LINGER`: a close is a reset, as of a connection that broke down, and what is on its way is lost."""
PIECE_BYTES = 64 * 1024


class TcpLine(ABC):
    """Listens on a port of its own. Set the attributes of a kind before `super().__init__`, which begins to listen.

    Attributes:
        port: where it listens.
        url: the same as an address of the web.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    @abstractmethod
    def _upwards(self, client: socket.socket, server: socket.socket, number: int) -> None:
        """Passes on what comes from a client; both connections are closed when this returns. `number`: from 0."""

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            for number in itertools.count():
                client, _ = self._listening.accept()
                threading.Thread(target=self._pass, args=(client, number), daemon=True).start()

    def _pass(self, client: socket.socket, number: int) -> None:
        with client, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._server_port)) as server:
            threading.Thread(target=_downwards, args=(server, client), daemon=True).start()
            self._upwards(client, server, number)


def reset_at_close(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def _downwards(server: socket.socket, client: socket.socket) -> None:
    with contextlib.suppress(OSError):  # reset, as by a server that was killed
        while piece := server.recv(PIECE_BYTES):
            client.sendall(piece)
    with contextlib.suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)
