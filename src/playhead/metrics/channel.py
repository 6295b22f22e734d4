"""Carries what the children of a worker count to their parent.

A pair of datagram sockets is made before the fork: a child that is killed leaves nothing behind, and nobody else can
write to it. A child sends what was added since its last datagrams. What does not fit into the parent's buffer goes with
the next ones: nothing is lost, and nobody waits.
"""

import os
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import msgspec

from playhead.metrics.catalog import BY_NAME, CHILDREN, KINDS, OF_WORKER
from playhead.metrics.metric import Across, Kind, Metric
from playhead.metrics.metrics import Metrics, Reading, Value, grown

DATAGRAM_BYTES = 1800
"""The most bytes of a datagram, about: macOS takes 2,048."""
READ_BYTES = 65536
SEND_LAST_S = 1.0
"""How long a child that ends waits for room in the parent's buffer."""

_Message = tuple[int, Reading]
"""The process id of a child, and what it adds."""


class Channel:
    """The sockets. Create it before the fork; the parent receives, its children send."""

    def __init__(self) -> None:
        self.receiving, self.sending = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.receiving.setblocking(False)
        self.sending.setblocking(False)

    def end(self) -> None:
        """Ends `ParentMetrics.run`."""
        with suppress(OSError):
            self.sending.send(b"")

    def close(self) -> None:
        self.receiving.close()
        self.sending.close()


class ChildMetrics:
    """Sends what the metrics of a child grew by. Safe to call from any thread."""

    def __init__(self, channel: Channel, metrics: Metrics) -> None:
        self._socket, self._metrics = channel.sending, metrics
        self._lock = threading.Lock()
        self._sent: Reading = {}

    def send(self, wait_s: float = 0.0) -> None:
        """Sends once; what finds no room within `wait_s` goes with the next call."""
        with self._lock:
            present = self._metrics.read()
            for piece in _pieces(grown(self._sent, present, KINDS)):
                if not self._send_piece(piece, wait_s):
                    return
                for name, series in piece.items():
                    if KINDS.get(name) is not Kind.GAUGE:
                        self._sent.setdefault(name, {}).update({key: present[name][key] for key in series})

    def _send_piece(self, piece: Reading, wait_s: float) -> bool:
        message = msgspec.msgpack.encode((os.getpid(), piece))
        try:
            if wait_s and not select.select([], [self._socket], [], wait_s)[1]:
                return False
            self._socket.send(message)
        except OSError:  # no room, or the parent is gone
            return False
        return True


class ParentMetrics:
    """Adds what the children send to the metrics of their parent."""

    def __init__(self, channel: Channel, metrics: Metrics) -> None:
        self._socket, self._metrics = channel.receiving, metrics
        self._decoder = msgspec.msgpack.Decoder(_Message)
        self._lock = threading.Lock()
        self._gauges: dict[int, Reading] = {}
        """The newest gauges of each child that lives."""
        metrics.gauge(CHILDREN, lambda: len(self._living()))
        for metric in OF_WORKER:
            if metric.kind is Kind.GAUGE and metric is not CHILDREN:
                metrics.gauge(metric, partial(self._together, metric))

    def run(self) -> None:
        """Receives until the channel is ended; run it in a thread."""
        while self.receive():
            select.select([self._socket], [], [])

    def receive(self) -> bool:
        """Takes what is there; False if the channel is ended."""
        while True:
            with self._lock:
                try:
                    message = self._socket.recv(READ_BYTES)
                except BlockingIOError:
                    return True
                if not message:
                    return False
                pid, added = self._decoder.decode(message)
                self._merge(pid, added)

    def _merge(self, pid: int, added: Reading) -> None:
        gauges = self._gauges.setdefault(pid, {})
        for name, series in added.items():
            metric = BY_NAME[name]
            for key, value in series.items():
                labels = key.split(",") if metric.labels else []
                if metric.kind is Kind.GAUGE:
                    gauges[name] = series
                elif isinstance(value, list):
                    self._metrics.merge(metric, value[:-1], value[-1], *labels)
                else:
                    self._metrics.add(metric, *labels, amount=value)

    def _living(self) -> dict[int, Reading]:
        with self._lock:
            self._gauges = {pid: gauges for pid, gauges in self._gauges.items() if _is_alive(pid)}
            return {**self._gauges}

    def _together(self, metric: Metric) -> float | None:
        found = [value for gauges in self._living().values() for value in gauges.get(metric.name, {}).values()]
        values = [value for value in found if isinstance(value, float)]
        if not values:
            return None
        return max(values) if metric.across is Across.MAX else sum(values)


def _pieces(reading: Reading) -> Iterator[Reading]:
    """Splits a reading into parts of about `DATAGRAM_BYTES`."""
    piece: Reading = {}
    size = 0
    for name, key, value in ((name, key, value) for name, series in reading.items() for key, value in series.items()):
        more = len(name) + len(key) + _size(value)
        if piece and size + more > DATAGRAM_BYTES:
            yield piece
            piece, size = {}, 0
        piece.setdefault(name, {})[key] = value
        size += more
    if piece:
        yield piece


def _size(value: Value) -> int:
    """The bytes of a value in MessagePack, with what surrounds it."""
    return 16 + 9 * (len(value) if isinstance(value, list) else 1)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
