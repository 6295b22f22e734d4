"""Counts requests and bytes of a person who watches one session: a stream against polling every 3 s, statuses only.

The statuses of `replay` are published to the real server, and a client that counts every byte reads them over TCP with
a browser's headers. Time is simulated: a status is published when the previous one has arrived, and polls are sent at
their simulated times in between. What depends on the server's real time is added as measured: a heartbeat every 15 s,
and one reconnect in 10 minutes, because a stream is at most 8 to 10 minutes old.
"""

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from infra.load.product import Target, storing
from infra.load.replay import Moment, session
from infra.load.server import Server

from playhead.live.broker.sender import ValkeySender
from playhead.live.clock import now
from playhead.sessions.status import Stage, State, Status

LENGTHS = {"60s": 60.0, "10min": 600.0}
POLL_S = 3.0
HEARTBEAT_S, MAX_AGE_S = 15.0, 540.0
"""The default heartbeat; 540 s is the middle of the jittered ages."""
GOODBYE = 110
"""Bytes of the goodbye before a reconnect, with its chunk."""
TIMEOUT_S = 10.0
PATCHES = "?patches=1"
"""As in the requests of Playhead's page."""
BROWSER = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
    "sec-ch-ua-mobile: ?0",
    'sec-ch-ua-platform: "Linux"',
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-Mode: cors",
    "Sec-Fetch-Dest: empty",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-US,en;q=0.9",
    "Connection: keep-alive",
)


@dataclass(slots=True)
class CountingConnection:
    """A browser's connection that counts requests and bytes, without those of TCP and IP."""

    port: int
    target: Target
    requests: int = 0
    up: int = 0
    down: int = 0
    unread: bytes = b""
    tcp: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.connect()

    def connect(self) -> None:
        self.tcp = socket.create_connection(("127.0.0.1", self.port), TIMEOUT_S)

    def ask(self, path: str, *headers: str) -> None:
        host = f"Host: playhead.example.org\r\nReferer: https://playhead.example.org/sessions/{self.target.session}"
        lines = (f"GET {path} HTTP/1.1", host, *BROWSER, *headers)
        request = ("\r\n".join(lines) + "\r\n" + self.target.header + "\r\n").encode()
        self.requests += 1
        self.up += len(request)
        self.tcp.sendall(request)

    def until(self, end: Callable[[bytes], bool]) -> bytes:
        """Reads until `end` is true of the unread bytes, and returns these."""
        while not end(self.unread):
            data = self.tcp.recv(1 << 16)
            if not data:
                raise RuntimeError(f"closed after {self.unread[-300:]!r}")
            self.down += len(data)
            self.unread += data
        came, self.unread = self.unread, b""
        return came


def run(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = {}
    targets = iter(server.targets)  # a person for each, because of the limit of requests a minute
    for name, wall_s in LENGTHS.items():
        stream = _streamed(server, next(targets), wall_s)
        plain = _polled(server, next(targets), wall_s, tagged=False)
        tagged = _polled(server, next(targets), wall_s, tagged=True)
        for kind, line in (("stream", stream), ("poll", plain), ("poll_etag", tagged)):
            found |= {f"{kind}_requests_{name}": line.requests, f"{kind}_bytes_{name}": line.up + line.down}
        found |= {
            f"fewer_requests_{name}_percent": 100 * (1 - stream.requests / tagged.requests),
            f"fewer_bytes_{name}_percent": 100 * (1 - (stream.up + stream.down) / (plain.up + plain.down)),
            f"fewer_bytes_etag_{name}_percent": 100 * (1 - (stream.up + stream.down) / (tagged.up + tagged.down)),
        }
    return found


def _streamed(server: Server, target: Target, wall_s: float) -> CountingConnection:
    path, line = server.path(target) + PATCHES, CountingConnection(server.port, target)
    _open(line, path)
    opened = time.monotonic()
    line.until(lambda came: b"event: heartbeat" in came and came.endswith(b"\n"))  # the first one, before any status
    reconnect_at, version = MAX_AGE_S, 0
    sender: ValkeySender[Status] = ValkeySender(f"redis://127.0.0.1:{server.rig.redis_port}/0")
    heartbeat_bytes = _heartbeat_bytes(server, target)
    for moment in _moments(target, wall_s):
        if moment.at_s > reconnect_at:
            reconnect_at += MAX_AGE_S
            line.down += GOODBYE
            line.tcp.close()
            line.connect()
            _open(line, path, f"Last-Event-ID: {version}")
        version = moment.status.version
        sender.send([(moment.status, target.owner)])
        mark = b"id: %d\n" % version
        line.until(lambda came, mark=mark: mark in came and came.endswith(b"\n"))  # type: ignore[misc]
    heartbeats_due = int((wall_s - 1) / HEARTBEAT_S) + 1
    heartbeats_seen = 1 + int((time.monotonic() - opened - 1) / HEARTBEAT_S)
    line.down += heartbeat_bytes * max(0, heartbeats_due - heartbeats_seen)
    line.tcp.close()
    sender.close()
    return line


def _open(line: CountingConnection, path: str, *headers: str) -> None:
    line.ask(path, "Accept: text/event-stream", "Cache-Control: no-cache", *headers)
    line.until(lambda came: b"event: status" in came and came.endswith(b"\n"))


def _heartbeat_bytes(server: Server, target: Target) -> int:
    """Bytes of a heartbeat, measured on a separate stream."""
    line = CountingConnection(server.port, target)
    _open(line, server.path(target) + PATCHES)
    before = line.down
    line.until(lambda came: b"event: heartbeat" in came and came.endswith(b"\n"))
    line.tcp.close()
    return line.down - before


def _polled(server: Server, target: Target, wall_s: float, *, tagged: bool) -> CountingConnection:
    path, line = server.path(target).removesuffix("/stream"), CountingConnection(server.port, target)
    sender: ValkeySender[Status] = ValkeySender(f"redis://127.0.0.1:{server.rig.redis_port}/0")
    etag, at_s = "", 0.0
    with storing(server.rig, server.port) as store:
        for moment in _moments(target, wall_s):
            while at_s < moment.at_s:
                etag = _poll(line, path, etag if tagged else "")
                at_s += POLL_S
            store(moment.status)
            sender.send([(moment.status, target.owner)])
    _poll(line, path, etag if tagged else "")
    line.tcp.close()
    sender.close()
    return line


def _poll(line: CountingConnection, path: str, etag: str) -> str:
    line.ask(path, "Accept: application/json", *([f"If-None-Match: {etag}"] if etag else []))
    answer = line.until(_is_whole)
    if not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 304")):
        raise RuntimeError(f"refused: {answer[:300]!r}")
    headers = answer.partition(b"\r\n\r\n")[0].decode().lower().split("\r\n")
    return next(header.partition(": ")[2] for header in headers if header.startswith("etag: "))


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: ")]
    has_body = head.startswith(b"HTTP/1.1 200")
    return bool(end) and (not has_body or (bool(lengths) and len(body) >= int(lengths[0].partition(b": ")[2])))


def _moments(target: Target, wall_s: float) -> Iterator[Moment]:
    """The statuses to publish, with versions above those stored: the seeded session is in its first attempt."""
    queued = Status(
        session_id=target.session,
        version=1,
        attempt=1,
        state=State.QUEUED,
        stage=Stage.QUEUED,
        message="Next in line",
        queue_position=1,
        updated_at=now(),
    )
    return session(queued, wall_s)
