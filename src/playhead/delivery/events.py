"""Encodes the events of the status stream (contract, §5)."""

import random
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from playhead.clock import now
from playhead.delivery.policy import Delay, Goodbye, Transport
from playhead.delivery.sse import Event, encode
from playhead.sessions.models import Segment
from playhead.sessions.status import Status
from playhead.sessions.status import encode as encode_status

PROTOCOL = 1
RETRY_MS = 2000
"""Delay of a browser that reconnects by itself after an unannounced end; its own default is 3 to 5 s."""
DRAIN_SPREAD_MS = 3000
"""Readers of a process that ends come back spread over this time, not all together."""
FRAMES_KEPT = 1024
"""Encoded statuses kept for other readers of the same version: about 0.6 kB each."""


def hello(transport: Transport, heartbeat_s: float, max_age_s: float) -> bytes:
    """The first event, sent at once: a reader that gets it has a path that delivers. Times in seconds."""
    return _event(
        "hello",
        {
            "protocol": PROTOCOL,
            "heartbeat_s": heartbeat_s,
            "max_age_s": max_age_s,
            "server_time": now(),
            "transport": {"mode": transport.mode, "reason": transport.reason},
        },
        retry_ms=RETRY_MS,
    )


@lru_cache(maxsize=FRAMES_KEPT)
def status(status: Status) -> bytes:
    """A whole status, encoded once per process for all its readers. JSON has no line ends, so no check is needed."""
    return b"event: status\nid: %d\ndata: %b\n\n" % (status.version, encode_status(status))


@lru_cache(maxsize=FRAMES_KEPT)
def status_of_many(status: Status) -> bytes:
    """A whole status on a stream of all sessions of a person. The id is a time in ms, from which a reader goes on."""
    return b"event: status\nid: %d\ndata: %b\n\n" % (status.updated_at.timestamp() * 1000, encode_status(status))


def patch(version: int, changed: Mapping[str, Any]) -> bytes:
    """The changes since the last status on this connection, as a JSON merge patch (RFC 7396)."""
    return b"event: patch\nid: %d\ndata: %b\n\n" % (version, msgspec.json.encode(changed))


def segments(fresh: Sequence[Segment]) -> bytes:
    """New segments, at least one, in order."""
    return _event("segments", {"from": fresh[0].index, "segments": fresh})


def heartbeat(version: int | None) -> bytes:
    """A heartbeat as a named event: `EventSource` does not pass on comments."""
    return _event("heartbeat", {"server_time": now(), "version": version})


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
    return _event("goodbye", body)


def _event(name: str, body: dict[str, Any], retry_ms: int | None = None) -> bytes:
    return encode(Event(event=name, data=msgspec.json.encode(body).decode(), retry_ms=retry_ms))
