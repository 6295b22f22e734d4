"""The gauges of the queue show the last reading of the database, and nothing once it is old."""

from pathlib import Path

from playhead.db import Database
from playhead.metrics.metrics import Metrics
from playhead.metrics.queue_size import KEPT_S, QueueGauges
from tests.support.clock import Clock
from tests.support.migrated import migrated_sqlite


async def test_gauges_have_values_while_the_reading_is_fresh(tmp_path: Path) -> None:
    database, metrics, clock = Database(migrated_sqlite(tmp_path / "db")), Metrics(), Clock()
    gauges = QueueGauges(database, metrics, clock)
    assert metrics.read() == {}
    await gauges.refresh()
    clock.now = KEPT_S - 1
    assert metrics.read() == {name: {"": 0.0} for name in ("queue_depth", "queue_oldest_seconds", "sessions_running")}
    clock.now = KEPT_S
    assert metrics.read() == {}
    await database.close()
