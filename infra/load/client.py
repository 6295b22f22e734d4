"""Simulates thousands of readers in one process, on raw sockets and epoll.

It is `Controlled`, so that streams stay open between phases (`server.Readers` is the other end). Every update is found
by its mark (`document.MARK`) with searches that run in C: about 5 µs an event. Between two looks it sleeps, so that a
latency includes up to that much of the client's own delay.
"""

import array
import heapq
import re
import select
import socket
import time
from typing import Any

from infra.load.controlled import COMMANDS, Controlled

MARK, TIME, NUMBER = b'"message":"t=', slice(13, 33), slice(36, 44)
NEED = 44
READ = 32_768
"""Bytes of a read. One beyond malloc's threshold would cost a mapping and a page fault each time."""
AT_ONCE = 4096
COUNTS = ("closed", "failed", "refused", "skipped", "doubled", "split", "goodbyes", "clean", "bytes")
RETRY_AFTER = re.compile(rb"\r\nretry-after: (\d+)\r\n", re.IGNORECASE)


class Reader:
    """One stream: its index in the list of targets, and the updates it has received."""

    __slots__ = ("began", "carry", "index", "live", "number", "socket")

    def __init__(self, index: int) -> None:
        self.index = index
        self.number = -1
        self.live: bool | None = None
        """None: connecting. False: the request is sent. True: the first event has arrived."""
        self.carry = b""
        self.began = time.monotonic_ns()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Client(Controlled):
    def __init__(self) -> None:
        super().__init__()
        self.readers: dict[int, Reader] = {}
        self.live = 0
        self.refusal = ""
        self.leaves = False
        self.again: list[int] = []
        self.later: list[tuple[float, int]] = []
        """The times at which refused readers come back, and their indices."""
        self.mark()

    def mark(self) -> dict[str, Any]:
        """Begins a measured window."""
        self.latencies = array.array("q")
        self.opened = array.array("q")
        self.counts = dict.fromkeys(COUNTS, 0)
        self.cpu = time.process_time()
        for reader in self.readers.values():
            reader.number = -1
        return {}

    def count(self) -> dict[str, Any]:
        return {"got": len(self.latencies), "open": self.live} | self.counts

    def stats(self) -> dict[str, Any]:
        used = time.process_time() - self.cpu
        return self.count() | {"client_cpu_s": used, "refusal": self.refusal} | percentiles(self.latencies, "ms")

    def target(self, host: str, port: int, paths: list[str], headers: list[str], ready: str) -> dict[str, Any]:
        """Sets the requests: reader i uses path i and headers i, modulo their number."""
        self.address, self.ready = (host, port), ready.encode()
        self.requests = [
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n{header}\r\n".encode()
            for path, header in zip(paths, headers, strict=True)
        ]
        return {}

    def connect(self, n: int, window: int = 64, timeout_s: float = 60.0, leave: bool = False) -> dict[str, Any]:
        """Opens `n` more streams, at most `window` at a time; one that fails is retried, as by a browser.

        One that is told when to come (`Retry-After`) comes back then, as a page does. With `leave`, each is closed as
        soon as it has its first event.
        """
        self.mark()
        self.leaves = leave
        first, started, tries = len(self.readers), 0, 0
        began, deadline = time.monotonic_ns(), time.monotonic() + timeout_s
        while len(self.opened) < n and time.monotonic() < deadline and self.counts["failed"] < n:
            while len(self.readers) - self.live < window:
                if self.later and self.later[0][0] <= time.monotonic():
                    self.open(heapq.heappop(self.later)[1])
                elif started < n:
                    self.open(first + started)
                    started += 1
                elif self.again and tries < n:
                    self.open(self.again.pop())
                    tries += 1
                else:
                    break
            self.look(0.05 if not self.later else 0.005)
        self.leaves = False
        took = {"s": (time.monotonic_ns() - began) / 1e9, "ok": len(self.opened), "failed": self.counts["failed"]}
        took["refused"] = self.counts["refused"]
        return took | {"refusal": self.refusal} | percentiles(self.opened, "ms")

    def open(self, index: int) -> None:
        reader = Reader(index)
        reader.socket.connect_ex(self.address)
        self.readers[reader.socket.fileno()] = reader
        self.epoll.register(reader.socket, select.EPOLLOUT)

    def drop(self, reset: bool = False) -> dict[str, Any]:
        """Closes all streams."""
        for descriptor, reader in list(self.readers.items()):
            if reset:
                reader.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            self.close(descriptor, reader)
        return {}

    def close(self, descriptor: int, reader: Reader, *, failed: bool = False) -> None:
        self.epoll.unregister(descriptor)
        reader.socket.close()
        del self.readers[descriptor]
        self.live -= reader.live is True
        if failed:
            self.again.append(reader.index)
            self.counts["failed"] += 1

    def look(self, timeout_s: float) -> None:
        """Reads what has arrived for every reader."""
        for descriptor, _ in self.epoll.poll(timeout_s, AT_ONCE):
            if descriptor == COMMANDS:
                self.obey()
                continue
            reader = self.readers.get(descriptor)
            if reader is None:
                continue
            try:
                if reader.live is None:
                    reader.socket.send(self.requests[reader.index % len(self.requests)])
                    reader.live = False
                    self.epoll.modify(descriptor, select.EPOLLIN)
                    continue
                data = reader.socket.recv(READ)
            except BlockingIOError:
                continue
            except OSError:
                self.close(descriptor, reader, failed=reader.live is not True)
                self.counts["closed"] += 1
                continue
            if not data:
                self.close(descriptor, reader, failed=reader.live is False)
                self.counts["closed"] += 1
            elif reader.live:
                self.take(reader, data)
            else:
                self.begin(descriptor, reader, data)

    def begin(self, descriptor: int, reader: Reader, data: bytes) -> None:
        """Waits for the response head and the first event."""
        now = time.monotonic_ns()
        data = reader.carry + data
        head, end, body = data.partition(b"\r\n\r\n")
        if end and not head.startswith(b"HTTP/1.1 200"):
            self.refusal = self.refusal or data[:1400].decode("latin1")
            told = RETRY_AFTER.search(head + end)
            self.close(descriptor, reader, failed=told is None)
            if told is not None:
                self.counts["refused"] += 1
                heapq.heappush(self.later, (time.monotonic() + int(told[1]), reader.index))
        elif not end or self.ready not in body or not data.endswith(b"\n"):
            reader.carry = data
        else:
            reader.live, reader.carry = True, b""
            self.live += 1
            self.opened.append(now - reader.began)
            if self.leaves:
                self.close(descriptor, reader)

    def take(self, reader: Reader, data: bytes) -> None:
        """Notes each update in the received data."""
        now = time.monotonic_ns()
        self.counts["bytes"] += len(data)
        if reader.carry:
            data = reader.carry + data
            reader.carry = b""
        at, end = data.find(MARK), 0
        if at < 0:
            self.counts["goodbyes"] += b"event: goodbye" in data
            self.counts["clean"] += data.endswith(b"0\r\n\r\n")
        while at >= 0 and at + NEED <= len(data):
            mark = data[at : at + NEED]
            end = at + NEED
            try:
                sent, number = int(mark[TIME]), int(mark[NUMBER])
            except ValueError:  # split by a chunk's head: it arrived, but its time is lost
                self.counts["split"] += 1
            else:
                self.latencies.append(now - sent)
                if number != reader.number + 1 and reader.number >= 0:
                    self.counts["skipped"] += max(0, number - reader.number - 1)
                    self.counts["doubled"] += number <= reader.number
                reader.number = number
            at = data.find(MARK, end)
        if data[-1] != ord("\n"):
            reader.carry = data[end:]


def percentiles(values: "array.array[int]", unit: str) -> dict[str, float]:
    """Computes percentiles of nanoseconds, in milliseconds; empty without values."""
    if not values:
        return {}
    ordered = sorted(values)
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    last = len(ordered) - 1
    return {f"{name}_{unit}": ordered[min(last, int(len(ordered) * share))] / 1e6 for name, share in shares.items()}


if __name__ == "__main__":
    Client().run()
