"""Readings as they are kept: their text, and the reading of a span from those of its processes and minutes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from operator import add
from typing import NamedTuple

import msgspec

from playhead.metrics.catalog import CATALOG, KINDS
from playhead.metrics.metric import Across, Kind
from playhead.metrics.metrics import Reading

MINUTE_S, HOUR_S = 60, 3600

EDGES: Mapping[str, int] = {one.name: len(one.edges) + 2 for one in CATALOG if one.kind is Kind.HISTOGRAM}
"""How many numbers a histogram has: its buckets and the sum."""
ACROSS: Mapping[str, Across] = {one.name: one.across for one in CATALOG if one.kind is Kind.GAUGE}

Series = dict[str, float | list[float]]
_decoder = msgspec.json.Decoder(Reading)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table of sums."""

    begins_at: datetime
    span_s: int
    source: str
    updated_at: datetime
    reading: str


class Part(NamedTuple):
    """What a process did in a span, or all processes."""

    begins_at: datetime
    span_s: int
    reading: Reading


def encode(reading: Reading) -> str:
    """The text of a reading. Whole numbers are written without a fraction, which halves it.

    A value that is not finite is left out: JSON has none, and the rest of the row would be lost with it.
    """
    plain = {
        name: {
            key: [*map(_plain, value)] if isinstance(value, list) else _plain(value)
            for key, value in found.items()
            if isfinite(sum(value) if isinstance(value, list) else value)
        }
        for name, found in reading.items()
    }
    return msgspec.json.encode(plain).decode()


def decode(text: str) -> Reading | None:
    """What this release understands of a text; None of one that is no reading.

    Another release may have other metrics and other buckets, and both write during a deploy. What is not in the catalog
    as it is here is left out.
    """
    try:
        held = _decoder.decode(text)
    except msgspec.DecodeError:
        return None
    return {name: kept for name, found in held.items() if (kept := _fitting(name, found))}


class Sum:
    """The reading of spans and processes together.

    Counters and histograms add. Gauges of one span are added, or the largest is taken, as the catalog has it. Over
    several spans they are the mean, weighted by length, or the largest.
    """

    def __init__(self) -> None:
        self._sums: Reading = {}
        self._gauges: dict[tuple[str, str], dict[tuple[datetime, int], float]] = {}

    def add(self, part: Part) -> None:
        begins_at, span_s, reading = part
        for name, found in reading.items():
            if name in ACROSS:
                self._add_gauges(name, (begins_at, span_s), found)
            else:
                _add(self._sums.setdefault(name, {}), found)

    def reading(self) -> Reading:
        found = dict(self._sums)
        for (name, key), spans in self._gauges.items():
            if ACROSS[name] is Across.MAX:
                over_time = max(spans.values())
            else:
                length_s = sum(span_s for _, span_s in spans)
                over_time = sum(value * span_s for (_, span_s), value in spans.items()) / length_s
            found[name] = found.get(name, {}) | {key: over_time}
        return found

    def _add_gauges(self, name: str, span: tuple[datetime, int], found: Series) -> None:
        for key, value in found.items():
            assert isinstance(value, float)
            spans = self._gauges.setdefault((name, key), {})
            before = spans.get(span)
            if before is None:
                spans[span] = value
            else:
                spans[span] = before + value if ACROSS[name] is Across.SUM else max(before, value)


def joined(parts: Iterable[Part]) -> Reading:
    """The sum of these parts."""
    whole = Sum()
    for part in parts:
        whole.add(part)
    return whole.reading()


def _add(sums: Series, found: Series) -> None:
    for key, value in found.items():
        before = sums.get(key)
        if isinstance(value, list):
            sums[key] = [*map(add, before, value)] if isinstance(before, list) else value
        else:
            sums[key] = before + value if isinstance(before, float) else value


def _fitting(name: str, found: Series) -> Series:
    """The values that are of the metric with this name."""
    length = EDGES.get(name)
    if length is not None:
        return {key: one for key, one in found.items() if isinstance(one, list) and len(one) == length}
    return {key: one for key, one in found.items() if isinstance(one, float)} if name in KINDS else {}


def _plain(value: float) -> float:
    return int(value) if value.is_integer() else value
