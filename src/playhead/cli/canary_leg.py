"""What one leg of a canary's round sees: when each status was made, when it came, and how the leg ended."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec

from playhead.cli.server import FINAL_STATES

Name = Literal["stream", "poll"]
LEGS: tuple[Name, Name] = ("stream", "poll")
"""The two ways in which a session is followed."""
LATE_S = 2.0
"""A status that comes later is late: as long as a final status may take (CONTRACT.md, §9)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a leg waits, in seconds."""

    first_s: float = 5.0
    """For a stream's first event, which the server sends at once: people have left by then."""
    final_s: float = 12.0
    """For the final status, from the beginning: the server writes it after 6 s."""
    answer_s: float = 5.0
    """For the answer to a poll that is not held."""
    rest_s: float = 0.5
    """Between the answer to a held poll and the next poll (CONTRACT.md, §6), and before another stream."""


class Status(msgspec.Struct):
    """The fields of a status that a canary needs."""

    version: int
    state: str
    updated_at: datetime


@dataclass(slots=True)
class ServerClock:
    """The server's time: by the sample with the shortest round trip."""

    rtt_ms: float | None = None
    offset_ms: float = 0.0

    def sample(self, sent_ms: float, received_ms: float, server_ms: float) -> None:
        """Notes an answer that had the server's time."""
        if self.rtt_ms is None or received_ms - sent_ms < self.rtt_ms:
            self.rtt_ms, self.offset_ms = received_ms - sent_ms, server_ms - (sent_ms + received_ms) / 2


@dataclass(frozen=True, slots=True)
class Arrival:
    """A status: when it was made by the server's clock, in ms since 1970, and when it came by ours."""

    version: int
    made_ms: float
    came_ms: float
    is_final: bool


class Left(Exception):
    """The leg ends here. `why`: a word; `sentence`: for people; `is_allowed`: whether it was let try."""

    def __init__(self, why: str, sentence: str, *, is_allowed: bool = True) -> None:
        super().__init__(sentence)
        self.why, self.sentence, self.is_allowed = why, sentence, is_allowed


@dataclass(slots=True)
class Leg:
    """What one leg saw. Times in ms, by `now_ms`."""

    name: Name
    session_id: str
    clock: ServerClock
    patience: Patience = Patience()
    mode: str = ""
    """How it was followed: `stream`, `wait` or `poll`."""
    began_ms: float = 0.0
    ended_ms: float = 0.0
    connect_ms: float | None = None
    first_event_ms: float | None = None
    """From the request of the newest stream."""
    events: list[float] = field(default_factory=list)
    """When events of the newest stream, or answers, came."""
    arrivals: list[Arrival] = field(default_factory=list)
    opened: int = 0
    protocol: str = ""
    may_stream: bool = False
    """Whether the server allowed this account to stream."""
    is_by_ticket: bool = False
    telemetry: str = ""
    """What the server wants reported; empty: everything."""
    poll_after_s: float = 0.0
    """The longest time that the server asked for between two polls."""
    left: Left | None = None

    @property
    def outcome(self) -> Literal["passed", "failed", "not_allowed"]:
        if self.left is None:
            return "passed"
        return "failed" if self.left.is_allowed else "not_allowed"

    @property
    def why(self) -> str:
        return self.left.why if self.left else ""

    @property
    def lags_ms(self) -> list[float]:
        """Of statuses that were made while it followed: not of the first one."""
        return [max(0.0, one.came_ms + self.clock.offset_ms - one.made_ms) for one in self.arrivals[1:]]

    @property
    def final_lag_ms(self) -> float | None:
        return self.lags_ms[-1] if len(self.arrivals) > 1 and self.arrivals[-1].is_final else None

    def take(self, document: str | bytes) -> bool:
        """Notes a status, unless it is no newer; True once the final one is there."""
        status = msgspec.json.decode(document, type=Status)
        if not self.arrivals or status.version > self.arrivals[-1].version:
            made_ms = status.updated_at.timestamp() * 1000
            self.arrivals.append(Arrival(status.version, made_ms, now_ms(), status.state in FINAL_STATES))
        return self.arrivals[-1].is_final

    def judge(self) -> None:
        """Raises Left if a status came late: by more than the clock may be wrong."""
        late_ms = max(self.lags_ms, default=0.0) - (self.clock.rtt_ms or 0.0) / 2
        if self.clock.rtt_ms is not None and late_ms > (LATE_S + self.poll_after_s) * 1000:
            raise Left("late", f"a status came {late_ms / 1000:.1f} s late")


def now_ms() -> float:
    """A clock that nobody sets; the samples of the server's clock say how far it is from that."""
    return time.monotonic() * 1000
