"""The gauges of the queue show the last reading of the database, and nothing once it is old."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session as Db

from playhead.accounts.models import UserRow
from playhead.db import Database
from playhead.live.clock import now
from playhead.metrics.catalog import QUEUE_AGE, QUEUE_UNTAKEN
from playhead.metrics.metrics import Metrics
from playhead.metrics.queue_size import KEPT_S, QueueGauges
from playhead.sessions import attempts, repository
from playhead.sessions.models import NewSession, SessionRow
from tests.support.clock import Clock
from tests.support.migrated import migrated_sqlite

NAMES = (
    *("queue_depth", "queue_oldest_seconds", "queue_untaken_seconds"),
    *("sessions_running", "sessions_stalled"),
)


class Watched:
    """A database with the gauges over it, and a clock."""

    def __init__(self, database: Database) -> None:
        self.database, self.metrics, self.clock = database, Metrics(), Clock()
        self.gauges = QueueGauges(database, self.metrics, stall_s=300, clock=self.clock)

    async def queue(self, waited: timedelta) -> str:
        def add(db: Db) -> str:
            db.execute(
                insert(UserRow).values(id="ada", email="a@b.c", password_hash="", is_admin=False, created_at=now())
            )
            session = repository.create(
                db, NewSession(owner_id="ada", id="1", filename="a.mp3", size_bytes=9, audio_key="a")
            )
            db.flush()
            db.execute(update(SessionRow).values(queued_at=now() - waited))
            return session.id

        return await self.database.run(add)

    async def after(self, seconds: float) -> None:
        self.clock.now += seconds
        await self.gauges.refresh()

    def value(self, name: str) -> object:
        return self.metrics.read()[name][""]


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    database = Database(migrated_sqlite(tmp_path / "db"))
    yield Watched(database)
    await database.close()


async def test_gauges_have_values_while_the_reading_is_fresh(watched: Watched) -> None:
    assert watched.metrics.read() == {}
    await watched.gauges.refresh()
    watched.clock.now = KEPT_S - 1
    assert watched.metrics.read() == {name: {"": 0.0} for name in NAMES}
    watched.clock.now = KEPT_S
    assert watched.metrics.read() == {}


async def test_queue_is_untaken_from_when_nothing_runs(watched: Watched) -> None:
    """Of a session that waits for an hour, which alone says nothing of the workers."""
    session_id = await watched.queue(timedelta(hours=1))
    await watched.after(10)
    assert watched.value(QUEUE_UNTAKEN.name) == 10.0
    await watched.after(50)
    assert watched.value(QUEUE_UNTAKEN.name) == 60.0
    assert watched.value(QUEUE_AGE.name) == pytest.approx(3600, abs=30)

    def waits_beside(db: Db) -> None:
        attempts.claim(db, session_id, "whisper")

    await watched.database.run(waits_beside)
    await watched.after(10)
    assert watched.value(QUEUE_UNTAKEN.name) == 0.0


async def test_queue_is_untaken_no_longer_than_somebody_waits(watched: Watched) -> None:
    await watched.after(600)
    await watched.queue(timedelta(seconds=20))
    await watched.after(10)
    assert watched.value(QUEUE_UNTAKEN.name) == pytest.approx(20, abs=15)
