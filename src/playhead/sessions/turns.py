"""Decides whose session is next, fairly: who was given the least transcription of late comes first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

HALF_LIFE_S = 3600.0
"""Usage counts half after an hour. Simulated over a day with people whose files take 1, 10 and 40 min: on one worker their
seconds differ by 8 % (by 34 % with 10 min, since long files are forgotten before it is their turn again), on 2 to 8 by 1 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with sessions that wait."""

    id: str
    used_s: float
    """Seconds of audio that were transcribed for them of late, as of now."""
    running: int
    """How many of their sessions are being transcribed."""
    last_turn_at: datetime | None
    """When they were last given a worker; None: never."""
    queued_at: datetime
    """When the first of their waiting sessions was queued."""


def decayed(used_s: float, age_s: float) -> float:
    """What usage is worth so many seconds later."""
    return used_s * 0.5 ** (max(0.0, age_s) / HALF_LIFE_S)


def choose(waiting: Sequence[Person], slots: int) -> Person | None:
    """Choose whose session a free worker takes.

    First those who have fewer running sessions than their share of the workers, max(1, slots ÷ people waiting); only if
    everybody has their share, one of all: no worker idles while somebody waits. Among them, least usage of late first;
    among equals, in turn: whose last turn is longest ago, then who queued first.

    Args:
        waiting: everybody with a session that waits.
        slots: how many sessions all workers together transcribe at once.

    Returns:
        The person; None if nobody waits.
    """
    if not waiting:
        return None
    share = max(1, slots // len(waiting))
    entitled = [person for person in waiting if person.running < share]
    return min(entitled or waiting, key=_order)


def _order(person: Person) -> tuple[float, bool, float, float, str]:
    last = person.last_turn_at
    return (
        round(person.used_s, 1),  # equals are equal, though they were measured a moment apart
        last is not None,
        last.timestamp() if last else 0.0,
        person.queued_at.timestamp(),
        person.id,
    )
