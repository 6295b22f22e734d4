"""People to whom something happened are counted once in six hours, by however many processes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from quart import Quart
from sqlalchemy import delete, select, update

from playhead.db import SyncDatabase, present
from playhead.monitoring import retention
from playhead.monitoring.watches import affected
from playhead.monitoring.watches.models import AffectedRow, WatchRow
from tests.contract.databases.app import ask, queued, sign_up
from tests.contract.databases.test_telemetry import STATUS, a_report, counted, parts_of, report

PEOPLE = [("a" * 32, "fresh"), ("b" * 32, "fresh"), ("a" * 32, "lag")]
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def nothing(database: SyncDatabase) -> None:
    database.run(lambda db: [db.execute(delete(table)) for table in (WatchRow, AffectedRow)])


@pytest.fixture
def now(database: SyncDatabase) -> datetime:
    return database.run(present)


def test_person_counts_again_after_six_hours(database: SyncDatabase, now: datetime) -> None:
    def new(after: timedelta, *people: tuple[str, str]) -> set[tuple[str, str]]:
        return database.run(affected.count_new, now + after, people)

    assert new(timedelta(), *PEOPLE, PEOPLE[0]) == set(PEOPLE)
    assert new(5.9 * HOUR, *PEOPLE) == set()
    assert new(6 * HOUR, PEOPLE[0]) == {PEOPLE[0]}
    assert new(11 * HOUR, *PEOPLE) == set(PEOPLE[1:])
    assert new(timedelta()) == set()


def test_person_counts_after_a_clock_was_set_back(database: SyncDatabase, now: datetime) -> None:
    assert database.run(affected.count_new, now + 24 * HOUR, PEOPLE[:1]) == set(PEOPLE[:1])
    assert database.run(affected.count_new, now, PEOPLE[:1]) == set(PEOPLE[:1])
    assert database.run(affected.count_new, now, PEOPLE[:1]) == set()


def test_processes_at_once_count_a_person_once(database: SyncDatabase, now: datetime) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda order: database.run(affected.count_new, now, PEOPLE[::order]), (1, -1, 1, -1))
        assert sorted(pair for pairs in found for pair in pairs) == sorted(PEOPLE)


def test_who_was_counted_a_day_ago_is_deleted(database: SyncDatabase, now: datetime) -> None:
    database.run(affected.count_new, now - 25 * HOUR, PEOPLE[:1])
    database.run(affected.count_new, now - 23 * HOUR, PEOPLE[1:])
    database.run(retention.delete_old)
    rows = database.run(lambda db: db.scalars(select(AffectedRow)).all())
    assert {(row.person, row.what) for row in rows} == set(PEOPLE[1:])


def test_who_falls_back_in_the_hour_of_coming_is_not_later(database: SyncDatabase, now: datetime) -> None:
    early, late, other = ({(digit * 32, what) for what in ("watched", "fallback")} for digit in "abc")
    came, fell_back = ({pair for pair in early | late if pair[1] == what} for what in ("watched", "fallback"))
    database.run(affected.count_new, now - 2 * HOUR, {pair for pair in came if pair in early})
    database.run(affected.count_new, now - HOUR / 2, {pair for pair in came if pair in late})
    new = database.run(affected.count_new, now, fell_back | other)
    assert new == fell_back | other
    assert database.run(affected.fell_back_later, now, new) == 1
    assert database.run(affected.fell_back_later, now, came) == 0


async def test_one_person_in_several_sessions_counts_once(app: Quart, database: SyncDatabase) -> None:
    bad: dict[str, Any] = {"seconds": {"stream": [20, 2]}, "elapsed_s": 20, "fallbacks": 2, "reason": "mute"}
    for name in ("ada", "bob"):
        client, person = await sign_up(app, f"{name}@example.net")
        for _ in range(3):
            session = await queued(app, person)
            assert (await ask(client, "GET", STATUS.format(session.id))).status_code == 200
            await parts_of(app).monitoring.watches.write_facts()
            database.run(lambda db: db.execute(update(WatchRow).values(begun_at=present(db) - HOUR)))
            for seq in (1, 2):
                assert await report(client, a_report(session.id, seq, **bad)) == 202
        await parts_of(app).monitoring.watches.write_reports()
    assert counted(app, "watches", "browser") == 6
    assert [counted(app, "people_affected", what) for what in ("watched", "fresh", "fallback", "lag")] == [2, 2, 2, 0]
