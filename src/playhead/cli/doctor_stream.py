"""Measures one stream: when each event arrives, and how it ends."""

import asyncio
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import msgspec

from playhead.doctor.measured import READ_HEADERS, Event, Pattern, Stream, Variant
from playhead.doctor.shapes import is_event_stream

PUBLIC_PAUSE_MS = 500.0
"""The time between two events of the public probe, which does not say when it sent them."""
END_S = 1.0
"""From the last event of a stream to its end, which the server sends with it."""
VALUE_LENGTH = 200
EVENTS_MOST = 128
READ_MOST = 64 * 1024
"""Bytes that are read of one stream: ours have 10 KB at most. What has more is no stream of ours."""
FROM_EACH = {
    "page": {"Accept": "text/event-stream", "Accept-Encoding": "gzip, deflate"},
    "identity": {"Accept": "text/event-stream", "Accept-Encoding": "identity"},
    "any": {"Accept": "*/*", "Accept-Encoding": "gzip, deflate"},
    "all": {"Accept": "text/event-stream", "Accept-Encoding": "gzip, deflate, br, zstd"},
}
"""The headers of a variant. What is compressed with br or zstd is not decoded: its bytes show whether it flows."""


class _Probe(msgspec.Struct):
    number: int
    sent_at: float | None = None


class _Goodbye(msgspec.Struct):
    reason: str


@dataclass(frozen=True, slots=True)
class Patience:
    """For how many seconds nothing may come of a stream. A proxy that passes events on in batches has 5 s for one."""

    short_s: float = 8.0
    long_s: float = 21.0
    """A heartbeat, and six seconds after which a page leaves a stream."""
    steady_s: float = 8.5

    def of(self, pattern: Pattern) -> float:
        return {"long": self.long_s, "steady": self.steady_s}.get(pattern, self.short_s)


class StreamReading:
    """One stream that is being read. Cancel `run` to leave it; `measured` is then what came until then."""

    def __init__(self, pattern: Pattern, variant: Variant, patience: Patience = Patience()) -> None:
        self.pattern, self.variant = pattern, variant
        self._patience_s = patience.of(pattern)
        self._began_at, self._began = time.time() * 1000, time.monotonic()
        self._found: dict[str, Any] = {}
        self._events: list[Event] = []
        self._body = b""
        self._inflate: Callable[[bytes], bytes] | None = bytes
        self._is_over = self._is_replaced = False
        self._size = 0

    @property
    def measured(self) -> Stream:
        fields: dict[str, Any] = {"end": "left", "ended_ms": self._now_ms()} | self._found
        return Stream(
            pattern=self.pattern,
            variant=self.variant,
            began_at=self._began_at,
            events=self._events,
            size_bytes=self._size,
            **fields,
        )

    async def run(self, http: httpx.AsyncClient) -> None:
        """Read the stream to its end. Raises httpx.ConnectError, httpx.ConnectTimeout: there is no server."""
        self._began_at, self._began = time.time() * 1000, time.monotonic()
        target = "stream/probe" if self.pattern == "public" else f"doctor/stream?pattern={self.pattern}"
        try:
            async with (
                asyncio.timeout(self._patience_s) as clock,
                http.stream("GET", target, headers=FROM_EACH[self.variant], timeout=None) as response,
            ):
                self._note_head(response)
                async for piece in response.aiter_raw():
                    wait_s = END_S if self._take(piece) else self._patience_s
                    clock.reschedule(asyncio.get_running_loop().time() + wait_s)
                    if self._size > READ_MOST:
                        break
            is_whole = self._is_over or not is_event_stream(self._found["headers"])
            end = "whole" if is_whole else "cut"
        except TimeoutError:
            end = "open" if self._is_over else "silent"
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise
        except httpx.TransportError:
            end = "whole" if self._is_over else "cut"
        self._found |= {"end": "left" if self._is_replaced else end, "ended_ms": self._now_ms()}

    def _note_head(self, response: httpx.Response) -> None:
        encoding = response.headers.get("content-encoding", "identity").lower()
        wbits = {"gzip": 31, "deflate": 15}.get(encoding)
        if wbits is not None:
            self._inflate = partial(zlib.decompressobj(wbits=wbits).decompress, max_length=READ_MOST)
        elif encoding != "identity":
            self._inflate = None
        self._found |= {
            "head_ms": self._now_ms(),
            "status": response.status_code,
            "http_version": response.http_version.removeprefix("HTTP/"),
            "headers": noted(response.headers),
        }

    def _take(self, piece: bytes) -> bool:
        """Take a piece of the body; True once the stream has told that it is over."""
        now_ms = self._now_ms()
        self._found.setdefault("first_byte_ms", now_ms)
        self._size += len(piece)
        if self._inflate is None:
            return False
        try:
            self._body += self._inflate(piece)
        except zlib.error:
            self._inflate = None
            return False
        *whole, self._body = self._body.split(b"\n\n")
        for block in whole:
            self._note_event(block, now_ms)
        return self._is_over

    def _note_event(self, block: bytes, now_ms: float) -> None:
        fields = dict(line.partition(b": ")[::2] for line in block.splitlines())
        name, data = fields.get(b"event"), fields.get(b"data", b"")
        with suppress(msgspec.MsgspecError):
            if name == b"goodbye":
                self._is_over = True
                self._is_replaced = msgspec.json.decode(data, type=_Goodbye).reason != "final"
            elif name == b"probe" and len(self._events) < EVENTS_MOST:
                probe = msgspec.json.decode(data, type=_Probe)
                sent_at = probe.number * PUBLIC_PAUSE_MS if probe.sent_at is None else probe.sent_at
                fields_of_event = {"number": probe.number, "sent_at": sent_at, "arrived_ms": now_ms}
                self._events.append(msgspec.convert(fields_of_event, Event))

    def _now_ms(self) -> float:
        return round((time.monotonic() - self._began) * 1000, 1)


def noted(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that a probe notes, without control characters."""
    values = {name: headers[name] for name in READ_HEADERS if name in headers}
    return {name: "".join(filter(str.isprintable, value))[:VALUE_LENGTH] for name, value in values.items()}
