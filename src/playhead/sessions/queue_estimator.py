"""Estimates how long waiting sessions take, from file sizes and past throughput of the same kind of file."""

from typing import Any

from sqlalchemy.orm import Session as Db

from playhead.sessions.measured_speed import estimate, newest

MARGIN = 0.5
"""Half the width of the range, as a share: recordings of one kind differ in how much speech a byte holds."""
USUAL_S = 600.0
"""Assumed seconds of audio of a file whose kind was never transcribed, only to decide an order."""


class QueueEstimator:
    """Estimates for files, from the sessions whose speed was measured."""

    def __init__(self, db: Db) -> None:
        self._past = newest(db)

    def needs(self, filename: str, size_bytes: float) -> tuple[float | None, float]:
        """Seconds of work for so many bytes, None without past files of the kind; and their seconds of audio."""
        same_kind = [one for one in self._past if _kind(one.filename) == _kind(filename)]
        cost = estimate(same_kind, size_bytes, lambda past: past.size_bytes, lambda past: past.cost)
        length = estimate(same_kind, size_bytes, lambda past: past.size_bytes, lambda past: past.length)
        if cost is None or length is None:
            return None, USUAL_S
        return cost * size_bytes, length * size_bytes


def range_of(eta_s: float) -> dict[str, Any]:
    """An estimate as fields of a status."""
    return {
        "eta_s": round(eta_s, 1),
        "eta_range_s": (round(eta_s * (1 - MARGIN), 1), round(eta_s * (1 + MARGIN), 1)),
    }


def _kind(filename: str) -> str:
    return filename.rpartition(".")[2].lower()
