"""The queries of this room run on both kinds of database, each with two people in it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session as DbSession

from playhead.accounts.models import UserRow
from playhead.db import Base, SyncDatabase
from playhead.sessions import repository
from playhead.sessions.models import Session, SessionRow, new_id
from playhead.sessions.status import now
from tests.support.postgres import postgres

Queue = Callable[..., Session]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SyncDatabase]:
    sqlite = request.param == "sqlite"
    database = SyncDatabase(f"sqlite:///{tmp_path}/db" if sqlite else request.getfixturevalue("postgres_url"))
    Base.metadata.create_all(database.engine)
    database.run(lambda db: db.execute(delete(UserRow)))
    for name in ("ada", "bob"):
        user = UserRow(id=name, email=f"{name}@example.org", password_hash="", is_admin=False, created_at=now())
        database.run(DbSession.add, user)
    yield database
    database.close()


@pytest.fixture
def queue(database: SyncDatabase) -> Queue:
    """Put a session of Ada's, or of `owner_id`, at the end of the queue."""

    def create(owner_id: str = "ada", **fields: Any) -> Session:
        told = {"filename": "talk.mp3", "language": None, "size_bytes": 9, "audio_key": "audio/1"} | fields
        return database.run(repository.create, id=new_id(), owner_id=owner_id, **told)

    return create


@pytest.fixture
def let_pass(database: SyncDatabase) -> Callable[[timedelta], None]:
    """Let time pass for every session: its moments are moved back."""

    def move(by: timedelta) -> None:
        def back(db: Any) -> None:
            for row in db.query(SessionRow):
                db.execute(
                    update(SessionRow)
                    .where(SessionRow.id == row.id)
                    .values(
                        queued_at=row.queued_at - by,
                        sent_at=row.sent_at and row.sent_at - by,
                        lease_until=row.lease_until and row.lease_until - by,
                    )
                )

        database.run(back)

    return move
