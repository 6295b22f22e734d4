"""What was measured, arranged for judgement: streams by what was asked for, and their common shape. Pure functions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Literal
from urllib.parse import urlsplit

from playhead.doctor.culprits import Traces, culprits
from playhead.doctor.findings import Finding, FindingId
from playhead.doctor.measured import Measured, Stream
from playhead.doctor.shapes import Shape, is_problem, shape

TRIES = 2
"""Streams that must show the same: a lost packet may hold back one of them for a second or two."""
HELD_BACK = frozenset({Shape.HELD, Shape.MUTE})
REPLAYED_MS = 5000.0
"""How much older than its request an event must be to have come from a cache, beyond the clocks' uncertainty."""
REFUSALS = {
    404: "The server has no such stream (404): it is of an older release, or the address has a path too many.",
    429: "The server was asked too often (429): measure again in a minute.",
    503: "The server gave no stream (503): it is full or restarting, or you have too many open. Measure again later.",
}
"""Why the server itself gives no stream, by its status."""


class Case:
    """One vector under judgement.

    Args:
        main: the streams as pages ask for them, with small events; `seen` is the shape that they agree on.
    """

    def __init__(self, measured: Measured) -> None:
        self.measured = measured
        self.host = _host(measured.url)
        self.round_trip_ms = median(measured.round_trips_ms) if measured.round_trips_ms else 0.0
        self.main = [*self.streams("short"), *self.streams("public")]
        self.seen = agreed(self.main)

    def streams(self, pattern: str, variant: str = "page") -> list[Stream]:
        return [one for one in self.measured.streams if (one.pattern, one.variant) == (pattern, variant)]

    @property
    def typical(self) -> Stream:
        """The first stream of the shape on which they agree. Raises StopIteration: they do not."""
        return next(one for one in self.main if shape(one) is self.seen)

    @property
    def replayed_ms(self) -> float | None:
        """How old the events of a stream were that a cache answered; None: none did, as far as can be seen."""
        if self.measured.clock_ms is None:
            return None
        offset_ms, error_ms = self.measured.clock_ms
        streams = [one for one in self.measured.streams if one.events and one.pattern != "public"]
        ages = [one.began_at + offset_ms - one.events[0].sent_at for one in streams]
        return next((age for age in ages if age - error_ms > REPLAYED_MS), None)

    def found(
        self,
        finding: FindingId,
        sentence: str,
        *,
        level: Literal["wrong", "note"] = "wrong",
        headers: Sequence[Mapping[str, str]] | None = None,
    ) -> Finding:
        """A finding with its culprits. `headers`: of the responses by which they are recognised; by default of all."""
        if headers is None:
            headers = [*(stream.headers for stream in self.measured.streams), self.measured.headers]
        seen: dict[str, list[str]] = {}
        for one in headers:
            for name, value in one.items():
                seen.setdefault(name, []).append(value)
        received = self.measured.received
        added, via = ([], "") if received is None else (received.added, received.via)
        return Finding(finding, level, sentence, culprits(finding, Traces(self.host, seen, added, via)))


def agreed(streams: Sequence[Stream], *, tries: int = TRIES, among: frozenset[Shape] = HELD_BACK) -> Shape | None:
    """The shape of most of these streams, without those that were left; None: none, or too few show what is wrong.

    Args:
        tries: streams that must show what is wrong.
        among: shapes that count as one.
    """
    kinds = Counter("held" if (seen := shape(one)) in among else seen for one in streams)
    if kinds.pop(Shape.LEFT, 0) and not kinds:
        return Shape.LEFT
    if not kinds:
        return None
    (kind, count), *others = kinds.most_common()
    if (others and others[0][1] == count) or (count < tries and kind not in (Shape.FLOWS, Shape.REFUSED)):
        return None
    return next(seen for one in streams if (seen := shape(one)) == kind or (kind == "held" and seen in among))


def own_refusal(stream: Stream) -> str:
    """Why the server itself gives no stream; empty: it is not the server's word."""
    if stream.status == 204 and "playhead-transport" in stream.headers:
        return f"The site has switched streams off ({stream.headers['playhead-transport']}): they were not measured."
    return REFUSALS.get(stream.status, "") if is_problem(stream.headers) else ""


def time(ms: float) -> str:
    """A time for people."""
    return f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms:.0f} ms"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
