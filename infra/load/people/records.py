"""Collects what simulated people measured: times, requests, and everything that the contract does not promise."""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

BEHIND_S = 10.0
"""A viewer without a new status for so long is behind: a session that is transcribed has one every 2 to 4 s."""
PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


@dataclass(eq=False, slots=True)
class Connection:
    """Whether one viewer has a stream, and for how long it had one since the mark."""

    open_at: float | None = None
    open_s: float = 0.0
    served_at: float = 0.0
    """When the last answer came, or the last stream began."""
    newer_at: float = 0.0
    """When the last new status came."""
    streams: bool = True
    """Whether it should have a stream all the time."""

    def opened(self, at: float) -> None:
        self.open_at = self.served_at = at

    def closed(self, at: float) -> None:
        if self.open_at is not None:
            self.open_s += at - self.open_at
        self.open_at = None


@dataclass(slots=True)
class Records:
    """The measurements of all people of a run. Times in ms, except where a name ends in `_s`."""

    times: dict[str, "array[float]"] = field(default_factory=dict)
    """By what was measured: `connect`, `update_stream`, `update_wait`, `catch_up`, `final_stream`, `own_delay`."""
    counts: Counter[str] = field(default_factory=Counter)
    """Requests by kind, events, bytes of events, reconnects."""
    faults: Counter[str] = field(default_factory=Counter)
    """What was not as it should be, by kind; `users` says what the kinds are."""
    examples: dict[str, str] = field(default_factory=dict)
    """The first fault of each kind, in words."""
    connections: list[Connection] = field(default_factory=list)
    marked_at: float = 0.0

    def time(self, what: str, ms: float) -> None:
        self.times.setdefault(what, array("d")).append(ms)

    def fault(self, kind: str, words: str) -> None:
        self.faults[kind] += 1
        self.examples.setdefault(kind, words)

    def connection(self, *, streams: bool) -> Connection:
        self.connections.append(Connection(streams=streams))
        return self.connections[-1]

    @property
    def streaming(self) -> int:
        """The number of streams that are open now."""
        return sum(connection.open_at is not None for connection in self.connections)

    @property
    def served(self) -> int:
        """The number of viewers who have a stream, or an answer since the mark."""
        return sum(
            connection.open_at is not None or connection.served_at > self.marked_at for connection in self.connections
        )

    def mark(self, at: float) -> None:
        """Begins the measured time: forgets the ages of updates so far, and the time in which streams were open."""
        self.marked_at = at
        for what in [name for name in self.times if name.startswith(("update_", "catch_up", "own_delay"))]:
            del self.times[what]
        self.counts["events"] = self.counts["event_bytes"] = 0
        for connection in self.connections:
            connection.open_s = 0.0
            if connection.open_at is not None:
                connection.open_at = at

    def summary(self, at: float) -> dict[str, Any]:
        """Summarizes everything until now as numbers and words for JSON."""
        streams = [connection for connection in self.connections if connection.streams]
        open_s = sum(c.open_s + (at - c.open_at if c.open_at is not None else 0.0) for c in streams)
        return {
            "times": {what: percentiles(values) for what, values in self.times.items()},
            "counts": dict(self.counts),
            "faults": dict(self.faults),
            "examples": self.examples,
            "streaming": self.streaming,
            "served": self.served,
            "behind": sum(at - connection.newer_at > BEHIND_S for connection in self.connections),
            "viewers": len(self.connections),
            "streams": len(streams),
            "measured_s": at - self.marked_at,
            "open_s": open_s,
        }


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Returns the number of values, and their percentiles by the nearest rank; only the number if it is 0."""
    ordered = sorted(values)
    last = len(ordered) - 1
    ranks = {name: ordered[min(last, int(len(ordered) * share))] for name, share in PERCENTILES.items() if ordered}
    return {"n": len(ordered)} | {name: round(value, 2) for name, value in ranks.items()}
