"""A worker's child reports what it counted to its parent and to the database, also after a failure and at its end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from playhead.db import DatabaseError, SyncDatabase
from playhead.metrics.catalog import ATTEMPTS, PUBLISHED
from playhead.metrics.channel import Channel, ParentMetrics
from playhead.metrics.metrics import Metrics
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.reading import decode
from playhead.worker_reports import WorkerReports
from tests.support.migrated import migrated_sqlite
from tests.support.waiting import until

SOON_S = 0.01


@pytest.fixture
def channel() -> Iterator[Channel]:
    channel = Channel()
    yield channel
    channel.close()


def written(database: SyncDatabase, name: str) -> float:
    """What all rows together have of a counter."""
    try:
        rows = database.run(lambda db: [decode(text) for text in db.scalars(select(SumRow.reading))])
    except DatabaseError:
        return 0.0
    values = [value for row in rows if row for value in row.get(name, {}).values()]
    return sum(value for value in values if isinstance(value, float))


def test_parent_and_database_have_all_at_the_end(tmp_path: Path, channel: Channel) -> None:
    metrics, received = Metrics(), Metrics()
    database, parent = SyncDatabase(migrated_sqlite(tmp_path / "db")), ParentMetrics(channel, received)
    reports = WorkerReports(database, metrics, channel)
    metrics.add(PUBLISHED, amount=3)
    metrics.add(ATTEMPTS, "failed")
    reports.close()
    parent.receive()
    assert received.read()["published"] == {"": 3.0}
    assert received.read()["attempts"] == {"failed": 1.0}
    assert (written(database, "published"), written(database, "attempts")) == (3.0, 1.0)
    database.close()


def test_end_of_an_attempt_is_written_soon(tmp_path: Path) -> None:
    metrics, database = Metrics(), SyncDatabase(migrated_sqlite(tmp_path / "db"))
    reports = WorkerReports(database, metrics, None, every_s=SOON_S)
    metrics.add(ATTEMPTS, "completed")
    until(lambda: written(database, "attempts") == 1.0, "the attempt is written")
    reports.close()
    database.close()


def test_what_was_not_written_is_written_later(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, metrics = tmp_path / "later", Metrics()
    database = SyncDatabase(f"sqlite:///{folder}/db")
    reports = WorkerReports(database, metrics, None, every_s=SOON_S)
    metrics.add(ATTEMPTS, "completed")
    until(lambda: "were not written" in capsys.readouterr().out, "it failed")
    folder.mkdir()
    migrated_sqlite(folder / "db")
    metrics.add(ATTEMPTS, "failed")
    until(lambda: written(database, "attempts") == 2.0, "both attempts are written")
    reports.close()
    database.close()
