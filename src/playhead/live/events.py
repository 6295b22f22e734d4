"""Encodes the events of a stream (contract, §5)."""

import random
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Generic, ParamSpec, cast

import msgspec

from playhead.live.clock import now
from playhead.live.job import D
from playhead.live.policy import Delay, Goodbye, Transport
from playhead.live.sse import Event, encode

Args = ParamSpec("Args")

PROTOCOL = 1
RETRY_MS = 2000
"""Delay of a browser that reconnects by itself after an unannounced end; its own default is 3 to 5 s."""
DRAIN_SPREAD_MS = 3000
"""Readers of a process that ends come back spread over this time, not all together."""
FRAMES_KEPT = 1024
"""Encoded statuses kept for other readers of the same version: about 0.6 kB each."""


def hello(transport: Transport, heartbeat_s: float, max_age_s: float, telemetry: str | None = None) -> bytes:
    """The first event, sent at once: a reader that gets it has a path that delivers. Times in seconds.

    `telemetry`: what the reader is to report; None: all that it does.
    """
    body = {
        "protocol": PROTOCOL,
        "heartbeat_s": heartbeat_s,
        "max_age_s": max_age_s,
        "server_time": now(),
        "transport": {"mode": transport.mode, "reason": transport.reason},
    }
    return event("hello", body if telemetry is None else body | {"telemetry": telemetry}, retry_ms=RETRY_MS)


def heartbeat(version: int | None) -> bytes:
    """A heartbeat as a named event: `EventSource` does not pass on comments."""
    return event("heartbeat", {"server_time": now(), "version": version})


def spread_ms() -> int:
    """A random delay, so that clients that end together do not come back together."""
    return random.randint(0, DRAIN_SPREAD_MS)  # noqa: S311 - spreads reconnects, no secret


def goodbye(goodbye: Goodbye, random_ms: Callable[[], int] = spread_ms) -> bytes:
    """The last event: why the stream ends, what the client does next, and after how long.

    Args:
        random_ms: makes the delay where it is to be random.
    """
    body: dict[str, Any] = {"reason": goodbye.reason, "next": goodbye.next}
    if goodbye.delay is not Delay.UNSPECIFIED:
        body["retry_after_ms"] = random_ms() if goodbye.delay is Delay.RANDOM else 0
    return event("goodbye", body)


def event(name: str, body: Mapping[str, Any], retry_ms: int | None = None) -> bytes:
    """An event with a JSON body. `retry_ms`: the delay of a browser that reconnects by itself."""
    return encode(Event(event=name, data=msgspec.json.encode(body).decode(), retry_ms=retry_ms))


def patch(version: int, changed: Mapping[str, Any]) -> bytes:
    """The changes since the last status on this connection, as a JSON merge patch (RFC 7396)."""
    return b"event: patch\nid: %d\ndata: %b\n\n" % (version, msgspec.json.encode(changed))


class StatusEvents(Generic[D]):
    """The events of statuses, each encoded once for all readers of this process.

    Args:
        encode: makes the JSON of a document, without line ends.
    """

    def __init__(self, encode: Callable[[D], bytes]) -> None:
        self._encode = encode
        self.whole = _shared(self._whole)
        """A whole status."""
        self.of_many = _shared(self._of_many)
        """A whole status on a stream of all jobs of a person. The id is a time in ms, from which a reader goes on."""
        self.difference = _cached(self._difference)
        """What changed from one status to another, as a JSON merge patch (RFC 7396)."""

    def _whole(self, status: D) -> bytes:
        return b"event: status\nid: %d\ndata: %b\n\n" % (status.version, self._encode(status))

    def _of_many(self, status: D) -> bytes:
        return b"event: status\nid: %d\ndata: %b\n\n" % (status.updated_at.timestamp() * 1000, self._encode(status))

    def _difference(self, last: D, status: D) -> bytes:
        return patch(status.version, merge_patch(msgspec.to_builtins(last), msgspec.to_builtins(status)))


def _cached(encode: Callable[Args, bytes]) -> Callable[Args, bytes]:
    """The same, and keeps the last results. (Its type does not say that documents are hashable.)"""
    return cast("Callable[Args, bytes]", lru_cache(maxsize=FRAMES_KEPT)(encode))


def _shared(encode: Callable[[D], bytes]) -> Callable[[D], bytes]:
    """The same with the last results kept; the very last is found by identity, because a hash takes 0.2 µs a reader."""
    cached = _cached(encode)
    last: D | None = None
    frame = b""

    def encoded(status: D) -> bytes:
        nonlocal last, frame
        if status is not last:
            last, frame = status, cached(status)
        return frame

    return encoded


def merge_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON merge patch (RFC 7396) from one object to another; null removes a field, or makes it null."""
    changed: dict[str, Any] = dict.fromkeys(before.keys() - after.keys())
    for name, value in after.items():
        held = before.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            if inner := merge_patch(held, value):
                changed[name] = inner
        elif name not in before or held != value:
            changed[name] = value
    return changed
