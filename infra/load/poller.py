"""Simulates a thousand clients that poll or wait, each on a connection of its own, on raw sockets and epoll.

It is `Controlled`, as `client.py`. A client asks with the tag of its last answer. With
`Prefer: wait` it asks again 500 ms after an answer (CONTRACT.md, §6), else every `every_s` seconds. Or all ask once, at
the same moment (`ask_all`).
"""

import array
import heapq
import random
import re
import select
import socket
import time
from typing import Any

from infra.load.client import AT_ONCE, READ, percentiles
from infra.load.controlled import COMMANDS, Controlled

WAIT_S = 20
"""As the page waits."""
WAIT_GAP_S = 0.5
MARK = re.compile(rb'"message":"t=(\d{20}) n=(\d{8})')
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
ETAG = re.compile(rb"\r\netag: ([^\r]+)", re.IGNORECASE)
CLOSES = re.compile(rb"\r\nconnection: close", re.IGNORECASE)
ANSWERED = (b"HTTP/1.1 200", b"HTTP/1.1 304")
COUNTS = ("asked", "unchanged", "reopened", "refused", "skipped")


class Poller:
    """One client: its connection, the tag of its last answer and the number of the last update that it has."""

    __slots__ = ("index", "is_asking", "number", "socket", "tag", "unread")

    def __init__(self, index: int) -> None:
        self.index = index
        self.socket: socket.socket | None = None
        self.tag = b'"none"'
        self.number = -1
        self.unread = b""
        self.is_asking = False


class Pollers(Controlled):
    look_s = 0.005
    """Short, because polls become due between two events."""

    def __init__(self) -> None:
        super().__init__()
        self.connected: dict[int, Poller] = {}
        self.pollers: list[Poller] = []
        self.due: list[tuple[float, int]] = []
        """When each client asks next, and its index."""
        self.repeats = True
        """Whether each asks again after an answer."""
        self.refusal = ""
        self.mark()

    def mark(self) -> dict[str, Any]:
        """Begins a measured window."""
        self.latencies = array.array("q")
        self.counts = dict.fromkeys(COUNTS, 0)
        self.cpu = time.process_time()
        return {}

    def stats(self) -> dict[str, Any]:
        used = time.process_time() - self.cpu
        asking = sum(poller.is_asking for poller in self.pollers)
        found = {"got": len(self.latencies), "asking": asking, "client_cpu_s": used, "refusal": self.refusal}
        return found | self.counts | percentiles(self.latencies, "ms")

    def start(
        self, port: int, paths: list[str], headers: list[str], every_s: float | None, spread_s: float
    ) -> dict[str, Any]:
        """Begins to ask, all within `spread_s`; client i uses path i and headers i. `every_s`: None: they wait."""
        self.every_s, self.repeats = every_s, True
        self._prepare(port, paths, headers, WAIT_S if every_s is None else 0)
        began = time.monotonic()
        self.due = [(began + random.random() * spread_s, poller.index) for poller in self.pollers]  # noqa: S311
        heapq.heapify(self.due)
        return {}

    def _prepare(self, port: int, paths: list[str], headers: list[str], wait_s: int) -> None:
        """Make the requests; clients that are there already keep their connections and tags."""
        self.port = port
        prefer = f"Prefer: wait={wait_s}\r\n" if wait_s else ""
        self.requests = [
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n{header}{prefer}".encode()
            for path, header in zip(paths, headers, strict=True)
        ]
        self.pollers = self.pollers or [Poller(index) for index in range(len(paths))]

    def ask_all(self, port: int, paths: list[str], headers: list[str], wait_s: int) -> dict[str, Any]:
        """Lets every client ask once, now."""
        self.every_s, self.repeats = None, False
        self._prepare(port, paths, headers, wait_s)
        self.mark()
        self.began = time.monotonic()
        for poller in self.pollers:
            self.ask(poller)
        return {}

    def all_answered(self, timeout_s: float) -> dict[str, Any]:
        """Waits until all have their answers; `s` is the time since they asked."""
        deadline = time.monotonic() + timeout_s
        while any(poller.is_asking for poller in self.pollers) and time.monotonic() < deadline:
            self.look(self.look_s)
        return {"s": time.monotonic() - self.began} | self.stats()

    def hang_up(self) -> dict[str, Any]:
        """Closes all connections; the clients keep their tags."""
        for poller in list(self.connected.values()):
            poller.is_asking = False
            self.close(poller)
        return {}

    def drop(self) -> dict[str, Any]:
        """Closes all connections, and asks no more."""
        self.hang_up()
        self.pollers, self.due = [], []
        return {}

    def ask(self, poller: Poller) -> None:
        if poller.socket is None:
            poller.socket = socket.create_connection(("127.0.0.1", self.port))
            poller.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            poller.socket.setblocking(False)
            self.connected[poller.socket.fileno()] = poller
            self.epoll.register(poller.socket, select.EPOLLIN)
        poller.is_asking = True
        self.counts["asked"] += 1
        if self.every_s is not None:
            heapq.heappush(self.due, (time.monotonic() + self.every_s, poller.index))
        try:
            poller.socket.sendall(self.requests[poller.index] + b"If-None-Match: %b\r\n\r\n" % poller.tag)
        except OSError:
            self.close(poller)

    def close(self, poller: Poller) -> None:
        assert poller.socket is not None
        self.epoll.unregister(poller.socket)
        del self.connected[poller.socket.fileno()]
        poller.socket.close()
        poller.socket, poller.unread = None, b""
        if poller.is_asking:
            self.counts["reopened"] += 1
            self.answered(poller)

    def answered(self, poller: Poller) -> None:
        poller.is_asking = False
        if self.every_s is None and self.repeats:
            heapq.heappush(self.due, (time.monotonic() + WAIT_GAP_S, poller.index))

    def look(self, timeout_s: float) -> None:
        """Asks for every client that is due, and reads what has arrived."""
        now = time.monotonic()
        while self.due and self.due[0][0] <= now:
            poller = self.pollers[heapq.heappop(self.due)[1]]
            if not poller.is_asking:
                self.ask(poller)
            elif self.every_s is not None:  # the answer is late
                heapq.heappush(self.due, (now + self.every_s, poller.index))
        for descriptor, _ in self.epoll.poll(timeout_s, AT_ONCE):
            if descriptor == COMMANDS:
                self.obey()
            elif (poller := self.connected.get(descriptor)) is not None:  # type: ignore[assignment]
                self.read(poller)

    def read(self, poller: Poller) -> None:
        assert poller.socket is not None
        try:
            data = poller.socket.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close(poller)
            return
        poller.unread += data
        head, end, body = poller.unread.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if end and len(body) >= (int(length[1]) if length else 0):
            poller.unread = b""
            self.take(poller, head, body)
            if CLOSES.search(head):
                poller.is_asking = False
                self.close(poller)
            self.answered(poller)

    def take(self, poller: Poller, head: bytes, body: bytes) -> None:
        now = time.monotonic_ns()
        if not head.startswith(ANSWERED):
            self.counts["refused"] += 1
            self.refusal = self.refusal or (head + body)[:600].decode("latin1")
        if tag := ETAG.search(head):
            poller.tag = tag[1]
        self.counts["unchanged"] += head.startswith(b"HTTP/1.1 304")
        mark = MARK.search(body)
        if mark is not None and int(mark[2]) > poller.number:
            self.latencies.append(now - int(mark[1]))
            if poller.number >= 0:
                self.counts["skipped"] += int(mark[2]) - poller.number - 1
            poller.number = int(mark[2])


if __name__ == "__main__":
    Pollers().run()
