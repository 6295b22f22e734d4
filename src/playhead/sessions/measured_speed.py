"""Predicts the speed of a session from past ones of about its length; longer ones weigh more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead.sessions.models import SessionRow

NEWEST = 200
"""Past sessions that are used: enough that a folder of short files does not displace all before it."""
LONG_S = 60.0
"""A session of this length or more predicts any longer one: most of it is usual windows, not the short first ones."""
LIKE = 8.0
"""A shorter session predicts only those of up to so many times its length. Sixty files of 2 s, which are all start-up,
predicted 1 s for one of 10 min."""


@dataclass(frozen=True, slots=True)
class Past:
    """A session whose speed was measured; it need not be final."""

    filename: str
    size_bytes: int
    duration_s: float
    speed: float

    @property
    def cost(self) -> float:
        """Seconds of work per byte."""
        return self.duration_s / self.speed / self.size_bytes

    @property
    def length(self) -> float:
        """Seconds of audio per byte."""
        return self.duration_s / self.size_bytes


def newest(db: Db, engine: str | None = None) -> list[Past]:
    """Reads the newest sessions with a measured speed, of one engine or of any."""
    row = SessionRow
    query = select(row.filename, row.size_bytes, row.duration_s, row.speed)
    query = query.where(row.duration_s > 0, row.speed > 0, row.size_bytes > 0)
    if engine is not None:
        query = query.where(row.engine == engine)
    found = db.execute(query.order_by(row.id.desc()).limit(NEWEST))
    return [
        Past(filename, size, duration_s, speed) for filename, size, duration_s, speed in found if duration_s and speed
    ]


def past_speed(db: Db, engine: str, duration_s: float) -> float | None:
    """Predicts an engine's speed in audio seconds per second for a session of this length; None without past ones."""
    return estimate(newest(db, engine), duration_s, lambda past: past.duration_s, lambda past: past.speed)


def estimate(
    past: Sequence[Past], length: float, length_of: Callable[[Past], float], value_of: Callable[[Past], float]
) -> float | None:
    """The median of past values, weighted by length; of sessions of similar length if there are any."""
    comparable = [one for one in past if one.duration_s >= LONG_S or length_of(one) * LIKE >= length]
    if not comparable:
        return None
    like = [one for one in comparable if length_of(one) <= LIKE * length] or comparable
    half, seen = sum(length_of(one) for one in like) / 2, 0.0
    for one in sorted(like, key=value_of):
        seen += length_of(one)
        if seen >= half:
            break
    return value_of(one)
