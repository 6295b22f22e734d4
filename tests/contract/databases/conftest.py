"""Fixtures: a database of each kind, made by the migrations, with two people in it.

Each is there for the whole session; its tables are emptied before each test.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from quart import Quart
from sqlalchemy import delete, update
from sqlalchemy.orm import Session as Db

from playhead.accounts.models import UserRow
from playhead.db import SyncDatabase
from playhead.flags.file.documents import DocumentRow
from playhead.ids import new_id
from playhead.jobs import JobRow
from playhead.live.clock import now
from playhead.migrations import upgrade
from playhead.sessions import repository
from playhead.sessions.models import NewSession, Session, SessionRow
from tests.contract.databases.app import web_app
from tests.contract.databases.sessions import LetPass, Queue
from tests.support.migrated import migrated_sqlite
from tests.support.postgres import Postgres, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_url(postgres: Postgres) -> str:
    upgrade(postgres.url)
    return postgres.url


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return migrated_sqlite(tmp_path_factory.mktemp("sqlite") / "db")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def open_database() -> Iterator[Callable[[str], SyncDatabase]]:
    """Opens each database once for all tests: to connect and to compile the statements again costs 10 ms of CPU."""
    with ExitStack() as stack:
        yield cache(lambda url: stack.enter_context(closing(SyncDatabase(url))))


@pytest.fixture
def database(database_url: str, open_database: Callable[[str], SyncDatabase]) -> SyncDatabase:
    """A database with two people, ada and bob, and no sessions."""

    def begin(db: Db) -> None:
        for table in (UserRow, DocumentRow, JobRow):
            db.execute(delete(table))
        for name in ("ada", "bob"):
            db.add(UserRow(id=name, email=f"{name}@example.org", password_hash="", is_admin=False, created_at=now()))

    database = open_database(database_url)
    database.run(begin)
    return database


@pytest.fixture
async def app(tmp_path: Path, database_url: str, database: SyncDatabase) -> AsyncIterator[Quart]:
    """The web app on `database`."""
    async with web_app(tmp_path, database_url) as app:
        yield app


@pytest.fixture
def queue(database: SyncDatabase) -> Queue:
    """Creates a session of ada, or of `owner_id`, at the end of the queue."""

    def create(owner_id: str = "ada", **fields: Any) -> Session:
        defaults: dict[str, Any] = {
            "id": new_id(),
            "filename": "talk.mp3",
            "size_bytes": 9,
            "audio_key": "audio/1",
        }
        return database.run(repository.create, NewSession(owner_id=owner_id, **defaults | fields))

    return create


@pytest.fixture
def let_pass(database: SyncDatabase) -> LetPass:
    """Lets time pass for every session, by moving its times back."""

    def move(by: timedelta) -> None:
        def back(db: Db) -> None:
            for row in db.query(SessionRow):
                db.execute(
                    update(SessionRow)
                    .where(SessionRow.id == row.id)
                    .values(
                        queued_at=row.queued_at - by,
                        sent_at=row.sent_at and row.sent_at - by,
                        lease_until=row.lease_until and row.lease_until - by,
                        changed_at=row.changed_at and row.changed_at - by,
                    )
                )

        database.run(back)

    return move
