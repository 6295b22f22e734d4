"""What is kept of alerts, as data: their states at the last look, and an incident for each time that one fired."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """Of an alert."""

    INACTIVE = "inactive"
    PENDING = "pending"
    """Its condition holds, and has not for long enough."""
    FIRING = "firing"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """An alert at a look.

    Args:
        state: what it is.
        since: since when.
        value: of its condition; None without data.
        held_at: the last look at which the condition held, or before which nobody looked for a while.
        seen_at: the look.
    """

    state: State
    since: datetime
    value: float | None
    held_at: datetime
    seen_at: datetime


States = Mapping[str, AlertState]
"""By the names of alerts."""


@dataclass(frozen=True, slots=True)
class Look:
    """The last look."""

    looked_at: datetime
    states: States


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One firing of one alert: a row of `IncidentRow`."""

    id: int
    alert: str
    severity: str
    summary: str
    """The sentence with the value when it began."""
    value: float | None
    begun_at: datetime
    ended_at: datetime | None
    """None: it goes on."""
    notice_at: datetime | None
    notice_tries: int
    begin_noticed_at: datetime | None
    end_noticed_at: datetime | None
