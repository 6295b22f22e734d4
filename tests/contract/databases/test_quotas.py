"""Quotas: what counts, when a session is refused, and whose limit holds, on both kinds of database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session as Db

from playhead.accounts.administration import OwnQuota, set_own_quota
from playhead.db import SyncDatabase
from playhead.errors import Problem
from playhead.ids import new_id
from playhead.quotas import Quotas
from playhead.sessions import attempts, repository
from playhead.sessions.models import NewSession, Session, UsageRow
from playhead.sessions.usage import Usage, usage_of
from tests.contract.databases.sessions import Queue, after, at_once

MB = 1_000_000
HOUR_S = 3600.0


@pytest.fixture
def use(database: SyncDatabase) -> Callable[[], Usage]:
    """What ada uses now."""
    return lambda: database.run(usage_of, ["ada"])["ada"]


def refusal(database: SyncDatabase, quotas: Quotas, size_bytes: int = 1) -> tuple[int, str, str] | None:
    try:
        database.run(quotas.admit, "ada", size_bytes)
    except Problem as problem:
        return problem.status, problem.code, problem.detail
    return None


def probe(database: SyncDatabase, session: Session, duration_s: float) -> Session:
    """A worker claims the session and reads the length of its recording."""
    held = database.run(attempts.claim, session.id, "engine")
    status = after(held.status)
    database.run(attempts.save, status, duration_s=duration_s)
    return replace(held, status=status)


def test_stored_bytes_and_waiting_sessions_are_counted(queue: Queue, use: Callable[[], Usage]) -> None:
    assert use() == Usage()
    queue(size_bytes=3 * MB)
    queue(size_bytes=4 * MB)
    queue("bob", size_bytes=50 * MB)
    assert use() == Usage(bytes=7 * MB, queued=2)


def test_hours_count_once_and_outlast_the_session(
    database: SyncDatabase, queue: Queue, use: Callable[[], Usage]
) -> None:
    held = probe(database, queue(), 600.0)
    assert (use().audio_s, use().queued) == (600.0, 0)
    database.run(attempts.release, held.id, held.status.attempt)
    probe(database, held, 600.0)
    probe(database, queue(), 60.0)
    database.run(repository.remove, held.id, "ada")
    assert use().audio_s == 660.0


def test_hours_of_yesterday_do_not_count(database: SyncDatabase, queue: Queue, use: Callable[[], Usage]) -> None:
    probe(database, queue(), 600.0)
    day = database.run(lambda db: db.query(UsageRow).one().day) - timedelta(days=1)
    database.run(Db.execute, update(UsageRow).values(day=day))
    assert use().audio_s == 0.0
    probe(database, queue(), 60.0)
    assert use().audio_s == 60.0


def test_deleted_recording_takes_no_room(database: SyncDatabase, queue: Queue, use: Callable[[], Usage]) -> None:
    session = queue(size_bytes=MB)
    database.run(repository.cancel, session.id, "ada")
    assert database.run(repository.mark_audio_deleted, session.id)
    assert use().bytes == 0


@pytest.mark.parametrize(
    ("quotas", "refused"),
    [
        (Quotas(), None),
        (Quotas(queued=3), None),
        (Quotas(queued=2), (429, "You have 2 of 2 files waiting: try again when one is done.")),
        (Quotas(bytes=4 * MB), None),
        (Quotas(bytes=4 * MB - 1), (403, "You store 3 MB of 4 MB: delete sessions to make room for this file.")),
        (Quotas(hours=2.1), None),
        (
            Quotas(hours=2),
            (403, "You have had 2.0 of 2 hours of audio transcribed today: try again after midnight UTC."),
        ),
    ],
)
def test_session_beyond_a_quota_is_refused(
    database: SyncDatabase, queue: Queue, quotas: Quotas, refused: tuple[int, str] | None
) -> None:
    probe(database, queue(size_bytes=MB), 2 * HOUR_S)
    queue(size_bytes=MB)
    queue(size_bytes=MB)
    expected = refused and (refused[0], "over_quota", refused[1])
    assert refusal(database, quotas, MB) == expected


@pytest.mark.parametrize(
    ("own", "is_refused"),
    [(OwnQuota(), True), (OwnQuota(queued=2), False), (OwnQuota(queued=0), False), (OwnQuota(bytes=1, hours=1), True)],
)
def test_own_quota_takes_the_place_of_the_setting(
    database: SyncDatabase, queue: Queue, own: OwnQuota, is_refused: bool
) -> None:
    queue()
    database.run(set_own_quota, "ada", own)
    assert (refusal(database, Quotas(queued=1)) is not None) == is_refused


def test_sessions_created_at_once_do_not_pass_the_quota(database: SyncDatabase) -> None:
    quotas = Quotas(queued=2)

    def create() -> bool:
        def admitted(db: Db) -> None:
            quotas.admit(db, "ada", 1)
            fields: dict[str, Any] = {"filename": "a", "size_bytes": 1, "audio_key": "audio/1"}
            repository.create(db, NewSession(id=new_id(), owner_id="ada", **fields))

        try:
            database.run(admitted)
        except Problem:
            return False
        return True

    assert sorted(at_once(*[create] * 6)) == [False] * 4 + [True] * 2
