"""Measures how long a worker takes to choose among 10,000 waiting sessions, on SQLite and PostgreSQL.

The goal is 5 ms. The sessions belong to 50 people; what they are is of no matter to the choice.
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from infra.load.rig import prioritize
from infra.stack import postgres
from sqlalchemy import insert, text
from sqlalchemy.orm import Session as Db

import playhead.tables  # noqa: F401 - sessions refer to the table of accounts
from playhead.accounts.models import UserRow
from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.live.clock import now
from playhead.migrations import upgrade
from playhead.sessions import queue, repository
from playhead.sessions.models import NewSession, SessionRow

PEOPLE, WAITING, RUNS = 50, 10_000, 50
GOAL_MS = 5.0
READY_S = 60.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # for root, PostgreSQL runs as another user
        measure("SQLite", f"sqlite:///{folder}/db")
        with server(Path(folder)) as url:
            measure("PostgreSQL", url)


def measure(name: str, url: str) -> None:
    upgrade(url)
    database = SyncDatabase(url)
    database.run(fill)
    if name == "PostgreSQL":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE sessions"))  # as autovacuum does within a minute
    took = sorted(timed(database) for _ in range(RUNS))
    database.close()
    print(f"{name:<12} median {median(took):.2f} ms, worst {took[-1]:.2f} ms (goal: {GOAL_MS:.0f})")  # noqa: T201


def fill(db: Db) -> None:
    """Queues the sessions: one by the product's own function, the others as copies of its row."""
    people = [new_id() for _ in range(PEOPLE)]
    db.execute(
        insert(UserRow),
        [
            {"id": one, "email": f"{one}@example.org", "password_hash": "", "is_admin": False, "created_at": now()}
            for one in people
        ],
    )
    db.flush()
    fields: dict[str, Any] = {"filename": "talk.mp3", "size_bytes": 9_000_000, "audio_key": "audio/1"}
    first = repository.create(db, NewSession(id=new_id(), owner_id=people[0], **fields))
    db.flush()
    columns = SessionRow.__table__.columns.keys()
    row = db.get_one(SessionRow, first.id)
    values = {name: getattr(row, name) for name in columns}
    copies = [values | {"id": new_id(), "owner_id": people[n % PEOPLE]} for n in range(1, WAITING)]
    db.execute(insert(SessionRow), copies)


def timed(database: SyncDatabase) -> float:
    """The milliseconds of one choice, within a transaction."""

    def choose(db: Db) -> float:
        db.connection()
        began = time.perf_counter()
        assert queue.next_in_turn(db) is not None
        return (time.perf_counter() - began) * 1000

    return database.run(choose)


@contextmanager
def server(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """Runs a PostgreSQL for the time of the block, and yields the URL of its database."""
    database = postgres.prepare(folder / "postgres", durable=durable)
    process = subprocess.Popen(  # noqa: S603 - our own
        database.command,
        env=database.environ,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=prioritize,  # noqa: PLW1509 - no thread of ours holds a lock here
    )
    try:
        deadline = time.monotonic() + READY_S
        while not database.answers():
            assert time.monotonic() < deadline, "PostgreSQL does not start"
            time.sleep(0.1)
        yield database.url()
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
