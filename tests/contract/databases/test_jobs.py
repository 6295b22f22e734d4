"""Shared jobs: one of several processes gets a round that is due."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session as Db

from playhead.db import SyncDatabase
from playhead.jobs import JobRow, claim

EVERY_S = 3600.0


def move(database: SyncDatabase, by: timedelta) -> None:
    """Moves the clock of the database on, by moving the due time back."""

    def due_earlier(db: Db) -> None:
        db.get_one(JobRow, "tidy").due_at -= by

    database.run(due_earlier)


def test_first_round_is_due_after_an_interval(database: SyncDatabase) -> None:
    assert not database.run(claim, "tidy", EVERY_S)[0]
    is_mine, wait_s = database.run(claim, "tidy", EVERY_S)
    assert not is_mine
    assert 0 < wait_s <= EVERY_S


def test_one_of_several_processes_gets_the_round_that_is_due(database: SyncDatabase) -> None:
    database.run(claim, "tidy", EVERY_S)
    move(database, timedelta(hours=1))
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(partial(database.run, claim, "tidy", EVERY_S)) for _ in range(4)]
        assert sorted(one.result()[0] for one in asked) == [False, False, False, True]


def test_concurrent_first_calls_all_wait(database: SyncDatabase) -> None:
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(partial(database.run, claim, "tidy", EVERY_S)) for _ in range(4)]
        assert [one.result()[0] for one in asked] == [False] * 4


def test_due_time_from_before_a_clock_change_counts_as_due(database: SyncDatabase) -> None:
    database.run(claim, "tidy", EVERY_S)
    move(database, timedelta(hours=-3))
    assert database.run(claim, "tidy", EVERY_S) == (True, EVERY_S)


@pytest.mark.parametrize("other", ["sweep"])
def test_jobs_are_due_independently(database: SyncDatabase, other: str) -> None:
    database.run(claim, "tidy", EVERY_S)
    move(database, timedelta(hours=1))
    assert not database.run(claim, other, EVERY_S)[0]
    assert database.run(claim, "tidy", EVERY_S)[0]
