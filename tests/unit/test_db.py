"""Queries do not hold up the event loop, and a database that does not answer is logged."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from playhead.db import Database, DatabaseGone
from tests.support.waiting import ANSWER_S, async_until


class Blocked:
    """A query that ends when it may."""

    def __init__(self) -> None:
        self.has_begun, self.may_end = threading.Event(), threading.Event()

    def __call__(self, _: Session) -> bool:
        self.has_begun.set()
        return self.may_end.wait(ANSWER_S)


async def test_event_loop_goes_on_during_a_transaction(tmp_path: Path) -> None:
    database, query = Database(f"sqlite:///{tmp_path}/db"), Blocked()
    transaction = asyncio.ensure_future(database.run(query))
    await async_until(query.has_begun.is_set)
    query.may_end.set()
    assert await transaction
    await database.close()


async def test_database_is_gone_if_its_transactions_do_not_end(tmp_path: Path) -> None:
    database, query = Database(f"sqlite:///{tmp_path}/db", 1, free_within_s=0.01), Blocked()
    transaction = asyncio.ensure_future(database.run(query))
    await async_until(query.has_begun.is_set)
    with pytest.raises(DatabaseGone, match="no transaction has ended"):
        await database.ping()
    query.may_end.set()
    assert await transaction
    await database.close()


async def test_unreachable_database_is_logged_once_a_minute() -> None:
    database = Database("sqlite:////nowhere/db")
    with capture_logs() as lines:
        for _ in range(3):
            with pytest.raises(DatabaseGone):
                await database.ping()
    assert [line["event"] for line in lines] == ["the database does not answer"]
    assert "unable to open" in lines[0]["error"]
    await database.close()
