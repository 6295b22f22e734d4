"""Estimates the wait in the queue from file sizes and past throughput of the same kind of file."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead.sessions.measured_speed import estimate, newest
from playhead.sessions.models import SessionRow
from playhead.sessions.status import State, decode

MARGIN = 0.5
"""Half the width of the range, as a share: recordings of one kind differ in how much speech a byte holds."""


class QueueEstimator:
    """Estimates the time of one session after another, in the queue's order, in seconds.

    While sessions wait, every worker is busy, so the number of running sessions is the number of workers.
    """

    def __init__(self, db: Db) -> None:
        self._past = newest(db)
        rows = db.scalars(select(SessionRow).where(SessionRow.state == State.PROCESSING)).all()
        self._workers = len(rows)
        self._ahead_s: float | None = 0.0
        for row in rows:
            self._add(self._needs(row.filename, row.size_bytes * (1 - (decode(row.status).progress or 0.0))))

    def next(self, filename: str, size_bytes: int) -> dict[str, Any]:
        """The estimate for the next session in the queue, from now to its end, as fields of its status.

        The fields are None while there are no past sessions of its kind, or no workers.
        """
        own_s, ahead_s = self._needs(filename, size_bytes), self._ahead_s
        self._add(own_s)
        if own_s is None or ahead_s is None or (ahead_s and not self._workers):
            return {"eta_s": None, "eta_range_s": None}
        eta_s = own_s + ahead_s / max(1, self._workers)
        return {
            "eta_s": round(eta_s, 1),
            "eta_range_s": (round(eta_s * (1 - MARGIN), 1), round(eta_s * (1 + MARGIN), 1)),
        }

    def _add(self, seconds: float | None) -> None:
        self._ahead_s = None if self._ahead_s is None or seconds is None else self._ahead_s + seconds

    def _needs(self, filename: str, size_bytes: float) -> float | None:
        same_kind = [one for one in self._past if _kind(one.filename) == _kind(filename)]
        cost = estimate(same_kind, size_bytes, lambda past: past.size_bytes, lambda past: past.cost)
        return None if cost is None else cost * size_bytes


def _kind(filename: str) -> str:
    return filename.rpartition(".")[2].lower()
