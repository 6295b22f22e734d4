"""Publishes updates at a constant rate over a number of sessions, then prints its results as one JSON line.

With a `database` in the plan it commits each before, as the product's workers do: polls and waits read it.

It reads the plan from stdin. The mark is made when an update is encoded, right before it is written, so that a late
publisher shows in `late_ms` and not in a latency.
"""

import json
import selectors
import socket
import sqlite3
import sys
import time
from collections.abc import Callable

from infra.load.document import Template, plain

BATCH = 64
"""Most updates in one write: more would grow old before they are sent."""
REST_S = 0.0005
HTTP_CONNECTIONS = 4

Update = tuple[bytes, bytes, int]
"""Session, owner, number."""


class Redis:
    """Writes commands in a pipeline, and discards the answers."""

    def __init__(self, port: int, template: Template) -> None:
        self._socket = _connected(port)
        self._template = template

    def send(self, batch: list[Update]) -> None:
        self.send_at([(update, time.monotonic_ns()) for update in batch])

    def send_at(self, batch: list[tuple[Update, int]]) -> None:
        """Sends updates with the times of their marks."""
        self._socket.sendall(b"".join(self._template.fill(*update, at_ns) for update, at_ns in batch))
        self._drain()

    def finish(self) -> None:
        time.sleep(0.05)
        self._drain()

    def _drain(self) -> None:
        self._socket.setblocking(False)
        try:
            while (answer := self._socket.recv(1 << 16)) or sys.exit("Redis hung up"):
                if answer.startswith(b"-"):
                    sys.exit(f"Redis refused: {answer[:200]!r}")
        except BlockingIOError:
            pass
        self._socket.setblocking(True)


class Committed:
    """Commits each update to the product's SQLite database, and then sends it to Redis with the same mark."""

    def __init__(self, database: str, redis: Redis) -> None:
        self._database = sqlite3.connect(database, timeout=30, isolation_level=None)
        self._documents = plain()
        self._redis = redis

    def send(self, batch: list[Update]) -> None:
        for update in batch:
            session, at_ns = update[0].decode(), time.monotonic_ns()
            row = (self._documents.fill(*update, at_ns).decode(), session)
            self._database.execute("UPDATE sessions SET status = ? WHERE id = ?", row)
            self._redis.send_at([(update, at_ns)])

    def finish(self) -> None:
        self._database.close()
        self._redis.finish()


class Http:
    """Posts over a few connections, with one request at a time on each."""

    def __init__(self, port: int, template: Template) -> None:
        self._template = template
        self._selector = selectors.DefaultSelector()
        self._free = [_connected(port) for _ in range(HTTP_CONNECTIONS)]
        for connection in self._free:
            self._selector.register(connection, selectors.EVENT_READ)

    def send(self, batch: list[Update]) -> None:
        for update in batch:
            while not self._free:
                self._collect(1)
            self._free.pop().sendall(self._template.fill(*update))
            self._collect(0)

    def finish(self) -> None:
        while len(self._free) < HTTP_CONNECTIONS:
            self._collect(1)

    def _collect(self, timeout_s: float) -> None:
        for key, _ in self._selector.select(timeout_s):
            assert isinstance(key.fileobj, socket.socket)
            answer = key.fileobj.recv(1 << 16)
            if not answer.startswith(b"HTTP/1.1 2"):
                sys.exit(f"refused: {answer[:200]!r}")
            self._free.append(key.fileobj)


KINDS: dict[str, Callable[[int, Template], Redis | Http]] = {"redis": Redis, "http": Http}


def main() -> None:
    plan = json.load(sys.stdin)
    sender: Redis | Http | Committed = KINDS[plan["kind"]](plan["port"], Template(plan["example"].encode()))
    if plan["database"] and isinstance(sender, Redis):
        sender = Committed(plan["database"], sender)
    sessions = [(session.encode(), owner.encode()) for session, owner in plan["sessions"]]
    rate, total = plan["rate"], round(plan["rate"] * plan["s"])
    began = time.monotonic()
    sent, late_s = 0, 0.0
    while sent < total:
        elapsed = time.monotonic() - began
        due = min(total, int(elapsed * rate) + 1)
        if due > sent:
            late_s = max(late_s, elapsed - sent / rate)
            batch = range(sent, min(due, sent + BATCH))
            sender.send([(*sessions[k % len(sessions)], plan["first"] + k // len(sessions)) for k in batch])
            sent = batch.stop
        else:
            time.sleep(max(REST_S, began + sent / rate - time.monotonic()))
    sender.finish()
    done = {"sent": sent, "s": time.monotonic() - began, "late_ms": late_s * 1e3, "cpu_s": time.process_time()}
    sys.stdout.write(json.dumps(done) + "\n")


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


if __name__ == "__main__":
    main()
