"""Sums are thinned by age, and what they come to stays the same, whatever happens meanwhile."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Db

from playhead.db import Database, DatabaseError, SyncDatabase, present
from playhead.metrics.catalog import PEOPLE, PUBLISHED, QUEUE_AGE, WRITE_LAG
from playhead.metrics.metrics import Reading
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.reading import HOUR_S, MINUTE_S, Part, decode, encode, joined
from playhead.monitoring.sums.thinning import due_now, join_hour, join_minutes, thin

LAG = [1.0] * (len(WRITE_LAG.edges) + 1)
READING: Reading = {
    PUBLISHED.name: {"": 3.0},
    WRITE_LAG.name: {"": [*LAG, 2.5]},
    PEOPLE.name: {"": 4.0},
    QUEUE_AGE.name: {"": 9.0},
}


class Sums:
    """The table, with rows of any age."""

    def __init__(self, database: SyncDatabase, of_web: Database) -> None:
        self.database, self.of_web = database, of_web
        self.now = database.run(present)
        self.minute = self.now.replace(second=0, microsecond=0)

    def add(self, begins_at: datetime, *sources: str, text: str = encode(READING), span_s: int = MINUTE_S) -> None:
        def write(db: Db) -> None:
            for source in sources:
                fields = {"begins_at": begins_at, "span_s": span_s, "source": source}
                db.add(SumRow(**fields, updated_at=begins_at, reading=text))

        self.database.run(write)

    def rows(self) -> list[tuple[datetime, int, str, Reading]]:
        query = select(SumRow).order_by(SumRow.begins_at, SumRow.span_s, SumRow.source)
        rows = self.database.run(lambda db: list(db.scalars(query)))
        return [(row.begins_at, row.span_s, row.source, decode(row.reading) or {}) for row in rows]

    def total(self) -> Reading:
        return joined(Part(begins_at, span_s, reading) for begins_at, span_s, _, reading in self.rows())

    async def thin(self) -> None:
        await thin(self.of_web)


@pytest.fixture
async def sums(database: SyncDatabase, database_url: str) -> AsyncIterator[Sums]:
    database.run(lambda db: db.execute(delete(SumRow)))
    of_web = Database(database_url)
    yield Sums(database, of_web)
    await of_web.close()


def times(count: float) -> Reading:
    """The counts of so many rows."""
    return {PUBLISHED.name: {"": 3 * count}, WRITE_LAG.name: {"": [*(one * count for one in LAG), 2.5 * count]}}


async def test_processes_of_a_minute_are_joined(sums: Sums) -> None:
    old = sums.minute - timedelta(minutes=11)
    sums.add(old, "web-1", "web-2", "worker-3")
    sums.add(sums.minute - timedelta(minutes=9), "web-1", "web-2")
    await sums.thin()
    first, *rest = sums.rows()
    assert first == (old, MINUTE_S, "", times(3) | {PEOPLE.name: {"": 12.0}, QUEUE_AGE.name: {"": 9.0}})
    assert [row[2] for row in rest] == ["web-1", "web-2"]


async def test_row_that_comes_late_is_added(sums: Sums) -> None:
    old = sums.minute - timedelta(minutes=30)
    sums.add(old, "web-1", "web-2")
    await sums.thin()
    sums.add(old, "worker-3")
    await sums.thin()
    assert sums.rows() == [(old, MINUTE_S, "", times(3) | {PEOPLE.name: {"": 12.0}, QUEUE_AGE.name: {"": 9.0}})]


async def test_minutes_of_an_old_hour_are_joined(sums: Sums) -> None:
    hour = (sums.now - timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    kept, gone = hour, hour - timedelta(hours=1)
    for minute in range(60):
        sums.add(kept + timedelta(minutes=minute), "")
        sums.add(gone + timedelta(minutes=minute), "web-1", "web-2")
    await sums.thin()
    found = sums.rows()
    assert len(found) == 61
    begins_at, span_s, source, reading = found[0]
    assert (begins_at, span_s, source) == (gone, HOUR_S, "")
    assert reading == times(120) | {PEOPLE.name: {"": 8.0}, QUEUE_AGE.name: {"": 9.0}}


async def test_minute_that_comes_after_its_hour_was_joined_is_added(sums: Sums) -> None:
    hour = (sums.now - timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    sums.add(hour, "", span_s=HOUR_S)
    sums.add(hour + timedelta(minutes=5), "web-1")
    await sums.thin()
    ((begins_at, span_s, _, reading),) = sums.rows()
    assert (begins_at, span_s, reading[PUBLISHED.name]) == (hour, HOUR_S, {"": 6.0})


async def test_hours_are_kept_for_90_days(sums: Sums) -> None:
    for days in (89, 91, 400):
        hour = (sums.now - timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
        sums.add(hour, "", span_s=HOUR_S)
    await sums.thin()
    assert len(sums.rows()) == 1


async def test_second_round_changes_nothing(sums: Sums) -> None:
    for minutes in (0, 15, 100, 3000, 4000):
        sums.add(sums.minute - timedelta(minutes=minutes), "web-1", "web-2")
    await sums.thin()
    once = sums.rows()
    await sums.thin()
    assert sums.rows() == once
    assert sums.database.run(due_now)[1] == {}


async def test_transaction_that_breaks_off_loses_nothing(sums: Sums) -> None:
    old, hour = sums.minute - timedelta(minutes=30), sums.minute.replace(minute=0) - timedelta(days=4)
    for begins_at in (old, hour):
        sums.add(begins_at, "web-1", "web-2")
    before = sums.rows()

    def joins_and_fails(db: Db) -> None:
        join_minutes(db, [old], sums.now)
        join_hour(db, hour, sums.now)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        sums.database.run(joins_and_fails)
    assert sums.rows() == before


async def test_processes_that_thin_at_once_change_no_sum(sums: Sums) -> None:
    minutes = [sums.minute - timedelta(minutes=number) for number in range(11, 16)]
    hour = sums.minute.replace(minute=0) - timedelta(days=4)
    for minute in [*minutes, *(hour + timedelta(minutes=number) for number in range(5))]:
        sums.add(minute, "web-1", "web-2", "worker-3")
    before = sums.total()

    def joins(_: int) -> None:
        try:
            sums.database.run(join_minutes, minutes, sums.now)
            sums.database.run(join_hour, hour, sums.now)
        except DatabaseError:
            pass  # of the one that came second; it would go on in its next round

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(joins, range(4)))
    after = sums.total()
    assert after[PUBLISHED.name] == before[PUBLISHED.name] == {"": 90.0}
    assert after[WRITE_LAG.name] == before[WRITE_LAG.name]


@pytest.mark.parametrize("text", ["", "[]", '{"published": 3}', '{"new": {"": [1]}}'])
async def test_row_of_another_release_stops_nothing(sums: Sums, text: str) -> None:
    old = sums.minute - timedelta(minutes=30)
    sums.add(old, "web-1")
    sums.add(old, "web-2", text=text)
    await sums.thin()
    ((_, _, source, reading),) = sums.rows()
    assert (source, reading[PUBLISHED.name]) == ("", {"": 3.0})
