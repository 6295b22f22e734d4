"""A process writes what it did in each minute: each count once, whatever fails and whatever the clock does."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Db

from playhead.db import DatabaseGone, SyncDatabase, present
from playhead.metrics.catalog import GAPS, PEOPLE, PUBLISHED, WRITE_LAG
from playhead.metrics.metrics import Metrics, Reading
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.reading import Part, decode, joined
from playhead.monitoring.sums.recorder import MINUTES_MAX, Recorder
from playhead.monitoring.sums.thinning import APART, join_minutes
from tests.support.databases import FlakyDatabase, FlakySyncDatabase

NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


class Process:
    """A process with a recorder, and a clock of its database that a test moves."""

    def __init__(self, database: FlakySyncDatabase, at: datetime = NOON + timedelta(seconds=5)) -> None:
        self.database, self.at, self.elapsed_s = database, at, 0.0
        self.metrics = Metrics()
        self.recorder = Recorder(self.metrics, "web", present=lambda db: self.at, monotonic=lambda: self.elapsed_s)

    def publishes(self, count: int) -> None:
        self.metrics.add(PUBLISHED, amount=count)

    def waits(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.elapsed_s += seconds

    def flushes(self) -> None:
        self.recorder.write_sync(self.database)

    def fails(self) -> None:
        """Flushes in vain."""
        self.database.away.add(self.recorder.flush)
        with pytest.raises(DatabaseGone):
            self.flushes()
        self.database.away.clear()


class Broken(Exception):
    pass


@pytest.fixture
def process(database_url: str) -> Iterator[Process]:
    database = FlakySyncDatabase(database_url)
    database.run(Db.execute, delete(SumRow))
    yield Process(database)
    database.close()


def rows(database: SyncDatabase) -> list[SumRow]:
    query = select(SumRow).order_by(SumRow.begins_at, SumRow.updated_at)
    return database.run(lambda db: list(db.scalars(query)))


def readings(database: SyncDatabase) -> list[Reading]:
    return [decode(row.reading) or {} for row in rows(database)]


def published(database: SyncDatabase) -> dict[str, float]:
    """What was published, by the begin of the minute."""
    found: dict[str, float] = {}
    for row in rows(database):
        value = (decode(row.reading) or {}).get("published", {}).get("", 0.0)
        assert isinstance(value, float)
        found[f"{row.begins_at:%H:%M}"] = found.get(f"{row.begins_at:%H:%M}", 0.0) + value
    return found


def test_row_has_all_of_its_minute_so_far(process: Process) -> None:
    for count in (3, 4):
        process.publishes(count)
        process.flushes()
        process.waits(10)
    assert published(process.database) == {"12:00": 7}
    (row,) = rows(process.database)
    assert (row.begins_at, row.span_s, row.updated_at) == (NOON, 60, NOON + timedelta(seconds=15))
    assert row.source.startswith("web-")


def test_repeated_flush_adds_nothing(process: Process) -> None:
    process.publishes(3)
    for _ in range(3):
        process.flushes()
    assert published(process.database) == {"12:00": 3}


def test_each_kind_of_metric_is_kept(process: Process) -> None:
    process.metrics.add(GAPS, "topic", amount=2)
    process.metrics.observe(WRITE_LAG, 0.03)
    process.metrics.gauge(PEOPLE, lambda: 7.0)
    process.flushes()
    (reading,) = readings(process.database)
    assert reading["gaps"] == {"topic": 2}
    assert reading["people"] == {"": 7}
    assert reading["status_write_lag_seconds"] == {"": [0, 0, 0, 0, 0, 1, *[0] * 10, 0.03]}


def test_counts_between_two_flushes_belong_to_the_minute_of_the_first(process: Process) -> None:
    process.publishes(3)
    process.flushes()
    process.publishes(4)
    process.waits(60)
    process.flushes()
    process.publishes(5)
    process.flushes()
    assert published(process.database) == {"12:00": 7, "12:01": 5}


def test_two_processes_have_rows_of_their_own(process: Process) -> None:
    other = Process(process.database)
    for one in (process, other):
        one.publishes(3)
        one.flushes()
    assert published(process.database) == {"12:00": 6}
    assert len({row.source for row in rows(process.database)}) == 2


def test_flush_that_is_rolled_back_is_made_up_for(process: Process) -> None:
    process.flushes()
    process.publishes(3)
    process.waits(60)

    def fail(db: Db) -> None:
        process.recorder.flush(db)
        raise Broken

    with pytest.raises(Broken):
        process.database.run(fail)
    assert published(process.database) == {"12:00": 0}
    process.publishes(4)
    process.waits(60)
    process.flushes()
    assert published(process.database) == {"12:00": 3, "12:01": 4, "12:02": 0}


def test_minutes_without_a_database_are_written_later(process: Process) -> None:
    process.flushes()
    for count in range(1, 4):
        process.publishes(count)
        process.waits(60)
        process.fails()
    process.flushes()
    assert published(process.database) == {"12:00": 1, "12:01": 2, "12:02": 3, "12:03": 0}


def test_hours_without_a_database_lose_nothing(process: Process) -> None:
    process.flushes()
    for _ in range(100):
        process.publishes(1)
        process.metrics.observe(WRITE_LAG, 0.03)
        process.waits(60)
        process.fails()
    process.flushes()
    found = rows(process.database)
    assert len(found) <= MINUTES_MAX + 2
    total = joined(Part(row.begins_at, row.span_s, decode(row.reading) or {}) for row in found)
    assert total["published"] == {"": 100}
    assert total["status_write_lag_seconds"][""] == pytest.approx([0, 0, 0, 0, 0, 100, *[0] * 10, 3.0])


def test_minute_begun_before_hours_without_a_database_counts_once(process: Process) -> None:
    process.publishes(5)
    process.flushes()
    process.publishes(2)
    for _ in range(2 * MINUTES_MAX):
        process.waits(60)
        process.fails()
    process.flushes()
    assert sum(published(process.database).values()) == 7


def test_minute_that_was_joined_while_a_process_was_cut_off_counts_once(process: Process) -> None:
    process.metrics.gauge(PEOPLE, lambda: 3.0)
    process.publishes(5)
    process.flushes()
    process.publishes(2)
    process.waits(60)
    process.fails()
    process.waits(APART.total_seconds())
    process.database.run(join_minutes, [NOON], process.at)
    process.flushes()
    assert published(process.database) == {"12:00": 7, "12:01": 0, "12:11": 0}
    of_noon = [decode(row.reading) or {} for row in rows(process.database) if row.begins_at == NOON]
    assert [one.get("people") for one in of_noon].count({"": 3.0}) == 1


def test_process_that_was_stopped_for_long_counts_once(process: Process) -> None:
    process.publishes(5)
    process.flushes()
    process.publishes(2)
    process.waits(2 * APART.total_seconds())
    process.database.run(join_minutes, [NOON], process.at)
    process.flushes()
    process.flushes()
    assert published(process.database) == {"12:00": 7, "12:20": 0}


@pytest.mark.parametrize("jump_s", [-7200, -20, 20, 7200])
def test_clock_that_jumps_loses_and_repeats_nothing(process: Process, jump_s: float) -> None:
    for _ in range(12):
        process.publishes(1)
        process.waits(10)
        process.flushes()
    process.at += timedelta(seconds=jump_s)
    for _ in range(12):
        process.publishes(1)
        process.waits(10)
        process.flushes()
    assert sum(published(process.database).values()) == 24


async def test_failed_write_of_a_web_process_is_made_up_for(database_url: str, process: Process) -> None:
    database = FlakyDatabase(database_url)
    await process.recorder.write(database)
    process.publishes(3)
    process.waits(60)
    database.away.add(process.recorder.flush)
    with pytest.raises(DatabaseGone):
        await process.recorder.write(database)
    process.publishes(4)
    database.away.clear()
    await process.recorder.write(database)
    await database.close()
    assert published(process.database) == {"12:00": 3, "12:01": 4}


def test_time_is_that_of_the_database(database: SyncDatabase) -> None:
    database.run(Db.execute, delete(SumRow))
    before = database.run(present)
    database.run(Recorder(Metrics(), "worker").flush)
    (row,) = rows(database)
    assert before <= row.updated_at <= database.run(present)
    assert row.source.startswith("worker-")
