"""Moves sessions on as workers do, one for each, without speech: commits each status, then publishes it.

It is commanded over stdin and stdout as `generator`. The statuses and their pace are those of `replay`: a checkpoint
each 2 to 4 s. Workers of as many sessions need a machine each, so one process stands for all of them.
"""

import heapq
import json
import os
import select
import sys
import time
from collections.abc import Iterator
from typing import Any

from infra.load.product import LEASE
from infra.load.replay import Moment, session
from msgspec.structs import replace
from sqlalchemy import bindparam, update
from sqlalchemy import select as read
from sqlalchemy.orm import Session as Db

import playhead.tables  # noqa: F401 - a session's foreign key refers to `users`
from playhead.config import load
from playhead.db import SyncDatabase
from playhead.live.broker.sender import ValkeySender
from playhead.live.clock import now
from playhead.sessions.models import SessionRow
from playhead.sessions.status import State, Status, decode, encode

AT_ONCE = 32
"""Most statuses of a transaction: the last is published about 3 ms after it was made."""
WALL_S = 10 * 3600.0
"""The length of a session: longer than a run, so that none ends."""
TABLE = SessionRow.__table__


class Crew:
    """The workers of the sessions, whose next statuses are due at known times."""

    def __init__(self, database: str, redis: str) -> None:
        self.database, self.sender = SyncDatabase(database), ValkeySender(redis)
        self.sessions: list[tuple[float, int, Iterator[Moment], Moment, float, str]] = []
        self.pace, self.begun_at, self.published, self.late_s = 1.0, time.monotonic(), 0, 0.0

    def drive(self, sessions: list[str], pace: float) -> dict[str, Any]:
        """Begins to move these sessions on, and no others. `pace`: how many times as fast as a worker."""
        self.pace, began = pace, time.monotonic()
        self.sessions = []
        for number, (status, owner) in enumerate(self.database.run(_read, sessions)):
            moments = session(status, WALL_S)
            first = next(moments)
            start = began - first.at_s / pace + number / max(1, len(sessions)) * 3 / pace  # spread over a checkpoint
            self.sessions.append((start + first.at_s / pace, number, moments, first, start, owner))
        heapq.heapify(self.sessions)
        self.count()
        return {}

    def count(self) -> dict[str, Any]:
        """Returns what was published since the last call, and how much of what was due."""
        begun, self.begun_at = self.begun_at, time.monotonic()
        found = {"published": self.published, "late_ms": self.late_s * 1e3}
        self.published, self.late_s = 0, 0.0
        overdue = sum(at < self.begun_at for at, *_ in self.sessions)
        return found | {"s": self.begun_at - begun, "planned": found["published"] + overdue}

    def work(self) -> float:
        """Publishes what is due, and returns the seconds until the next is."""
        due = []
        while self.sessions and self.sessions[0][0] <= time.monotonic() and len(due) < AT_ONCE:
            at, number, moments, moment, start, owner = heapq.heappop(self.sessions)
            self.late_s = max(self.late_s, time.monotonic() - at)
            # Made now, so its time is that of now: the generator of `replay` makes a status ahead of its moment.
            due.append((replace(moment.status, updated_at=now()), owner))
            if (following := next(moments, None)) is not None:
                heapq.heappush(
                    self.sessions, (start + following.at_s / self.pace, number, moments, following, start, owner)
                )
        if due:
            self.database.run(_commit, [status for status, _ in due])
            self.sender.send(due)
            self.published += len(due)
        return max(0.0, self.sessions[0][0] - time.monotonic()) if self.sessions else 1.0


def _read(db: Db, ids: list[str]) -> list[tuple[Status, str]]:
    rows = db.execute(read(TABLE.c.id, TABLE.c.status, TABLE.c.owner_id).where(TABLE.c.id.in_(ids)))
    found = {key: (decode(status), owner) for key, status, owner in rows}
    return [found[key] for key in ids]


def _commit(db: Db, statuses: list[Status]) -> None:
    fields = ("version", "attempt", "state", "status", "changed_at", "lease_until")
    query = (
        update(TABLE).where(TABLE.c.id == bindparam("key")).values({name: bindparam(f"new_{name}") for name in fields})
    )
    rows = [
        {
            "key": status.session_id,
            "new_version": status.version,
            "new_attempt": status.attempt,
            "new_state": State.PROCESSING,
            "new_status": encode(status).decode(),
            "new_changed_at": status.updated_at,
            "new_lease_until": status.updated_at + LEASE,
        }
        for status in statuses
    ]
    db.connection().execute(query, rows)


def main() -> None:
    settings = load()
    crew = Crew(settings.database, settings.redis_url)
    os.set_blocking(sys.stdin.fileno(), False)
    unread = b""
    while True:
        wait_s = crew.work()
        if select.select([sys.stdin], [], [], wait_s)[0]:
            data = os.read(sys.stdin.fileno(), 1 << 20)
            if not data:
                return
            *lines, unread = (unread + data).split(b"\n")
            for line in lines:
                command = json.loads(line)
                sys.stdout.write(json.dumps(getattr(crew, command.pop("do"))(**command)) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
