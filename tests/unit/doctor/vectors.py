"""Vectors for tests: recorded ones, and streams as a given way would deliver them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from playhead.doctor.measured import Event, Measured, Stream
from playhead.doctor.patterns import PATTERNS, Pattern

RECORDED = Path(__file__).parents[2] / "data" / "doctor" / "recorded.json"
"""From `.cache/proxies/doctor.json`, which `tests/integration/proxies/test_doctor.py` writes."""
T0 = 1_764_500_000_000.0
"""When streams of tests begin, by both clocks."""
HEAD = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store, no-transform"}

Delivery = Callable[[Sequence[float]], Sequence[float]]
"""Makes of the times in ms at which events are sent those at which they arrive."""


def recorded() -> Mapping[str, Measured]:
    """What was measured behind our proxy in a manner, or behind one of others."""
    return msgspec.json.decode(RECORDED.read_bytes(), type=dict[str, Measured])


def sent_ms(pattern: str) -> list[float]:
    return [step.at_s * 1000 for step in PATTERNS[Pattern(pattern)] if not step.filler_bytes]


def at_once(times: Sequence[float]) -> Sequence[float]:
    return [ms + 20 for ms in times]


def at_the_end(times: Sequence[float]) -> Sequence[float]:
    return [times[-1] + 20] * len(times)


def stream(pattern: str = "short", deliver: Delivery = at_once, variant: str = "page", **fields: Any) -> Stream:
    """A stream whose events come so."""
    sent = sent_ms(pattern)
    arrived = deliver(sent)
    events = [
        Event(number, T0 + at, came) for number, (at, came) in enumerate(zip(sent, arrived, strict=False), start=1)
    ]
    made: dict[str, Any] = {
        "pattern": pattern,
        "variant": variant,
        "began_at": T0,
        "end": "whole",
        "ended_ms": arrived[-1] if arrived else 0.0,
        "status": 200,
        "headers": HEAD,
        "events": events,
        "first_byte_ms": arrived[0] if arrived else None,
    }
    return Stream(**made | fields)


def measured(*streams: Stream, **fields: Any) -> Measured:
    made: dict[str, Any] = {"url": "https://playhead.example.org", "probe": "cli", "round_trips_ms": [20.0]}
    return Measured(streams=list(streams), **made | fields)
