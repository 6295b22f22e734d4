"""The parts of a web process: its background tasks, its readiness and its sweep."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session as Db

from playhead.accounts.models import User
from playhead.accounts.repository import create_user
from playhead.config import Settings, load
from playhead.db import SyncDatabase
from playhead.live.broker.memory import MemorySender, MemorySubscriber
from playhead.live.clock import now
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.reading import decode
from playhead.sessions.attempts import TAKEN_WITHIN, UNSENT_AFTER, claim
from playhead.sessions.models import NewSession, SessionRow
from playhead.sessions.repository import create, mark_enqueued
from playhead.sessions.status import Status
from playhead.uploads.body_guard import SMALL_BODY_BYTES
from playhead.web import Parts, create_app
from tests.support.fakes import Tasks, a_status
from tests.support.migrated import migrated_sqlite
from tests.support.waiting import async_until

LOOKS = 3
"""Looks at the queue after which a session would have been sent again."""


async def queued(parts: Parts, *sessions: str) -> User:
    """Create queued sessions, and return their owner."""
    ada = await parts.database.run(create_user, "ada@example.org", "")

    def create_all(db: Db) -> None:
        for key in sessions:
            create(db, NewSession(id=key, owner_id=ada.id, filename="a", size_bytes=1, audio_key=key))

    await parts.database.run(create_all)
    return ada


def settings_in(folder: Path) -> Settings:
    """Settings with a migrated database."""
    migrated_sqlite(folder / "playhead.db")
    return load({"DATA_DIR": str(folder)})


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Parts]:
    parts: Parts = create_app(settings_in(tmp_path)).extensions["playhead"]
    yield parts
    await parts.close()


async def test_process_is_unready_after_a_background_task_ended(parts: Parts) -> None:
    async def fails() -> None:
        raise ZeroDivisionError("a surprise")

    assert (await parts.ready())["background"]
    parts.background.keep("hub", fails, needs_tables=False)
    await async_until(lambda: parts.background.ended == {"hub"})
    assert not (await parts.ready())["background"]


async def test_statuses_of_a_person_are_read_oldest_first(parts: Parts) -> None:
    ada = await queued(parts, "1", "2", "3")
    await parts.database.run(claim, "2", "an engine")
    assert [status.session_id for status in await parts.statuses.followed(ada.id, now(), {})][-1] == "2"


async def test_status_that_was_not_committed_is_not_shown(tmp_path: Path) -> None:
    """Redis has such a status after the database was restored from a backup."""
    sender: MemorySender[Status] = MemorySender()
    app = create_app(settings_in(tmp_path), subscriber=MemorySubscriber(sender), sender=sender)
    parts: Parts = app.extensions["playhead"]
    ada = await queued(parts, "1")
    stored = await parts.statuses.own_status("1", ada.id)
    sender.send([(a_status(version=version, session_id="1"), ada.id) for version in (2, 9_000_001)])
    assert await parts.statuses.own_status("1", ada.id) == await parts.statuses.status("1") == stored
    assert await parts.statuses.followed(ada.id, now(), {}) == [stored]
    await parts.close()


@pytest.mark.parametrize("is_observed", [True, False])
async def test_streams_waits_and_publishing_are_counted(tmp_path: Path, is_observed: bool) -> None:
    sender: MemorySender[Status] = MemorySender()
    app = create_app(settings_in(tmp_path), subscriber=MemorySubscriber(sender), sender=sender, is_observed=is_observed)
    parts: Parts = app.extensions["playhead"]
    parts.publisher.publish(a_status())
    await asyncio.to_thread(parts.publisher.flush)
    with parts.hub.subscribe("1", "ada"):
        parts.hub.observer.opened("1", "ada")
        found = parts.monitoring.metrics.read()
    await parts.close()
    assert found["streams_open"] == {"": 1.0}
    assert found["waits_open"] == found["publisher_waiting"] == {"": 0.0}
    counted = {"": 1.0} if is_observed else {}
    assert found.get("streams_opened", {}) == found.get("published", {}) == counted


async def test_last_sums_are_written_also_if_the_last_watches_are_not(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    parts: Parts = create_app(settings).extensions["playhead"]
    await parts.database.run(lambda db: db.execute(text("DROP TABLE watches")))
    parts.hub.observer.opened("1", "ada")
    await parts.close()
    database = SyncDatabase(settings.database)
    rows = database.run(lambda db: db.scalars(select(SumRow.reading)).all())
    database.close()
    assert [(decode(reading) or {})["streams_opened"] for reading in rows] == [{"": 1.0}]


async def test_session_whose_message_was_lost_is_sent_again_once(tmp_path: Path) -> None:
    sender: MemorySender[Status] = MemorySender()
    tasks = Tasks()
    settings = settings_in(tmp_path)
    app = create_app(settings, subscriber=MemorySubscriber(sender), sender=sender, queue=tasks, sweep_s=0.01)
    parts: Parts = app.extensions["playhead"]
    await queued(parts, "1", "2")

    def lose(db: Db, session: str) -> None:
        db.get_one(SessionRow, session).queued_at -= UNSENT_AFTER

    async with app.test_app():
        for count, session in enumerate(("1", "2"), start=1):
            await parts.database.run(lose, session)
            await async_until(lambda count=count: len(tasks.sent) >= count)  # type: ignore[misc]
    assert tasks.sent == ["1", "2"]
    assert parts.monitoring.metrics.read()["swept"] == {"sent_again": 2.0}


@pytest.mark.parametrize(("in_queue", "sent"), [([], ["1"]), (["another"], ["another"])])
async def test_unclaimed_session_is_sent_again_if_the_queue_is_empty(
    tmp_path: Path, in_queue: list[str], sent: list[str]
) -> None:
    sender: MemorySender[Status] = MemorySender()
    tasks = Tasks(in_queue)
    settings = settings_in(tmp_path)
    app = create_app(settings, subscriber=MemorySubscriber(sender), sender=sender, queue=tasks, sweep_s=0.01)
    parts: Parts = app.extensions["playhead"]
    await queued(parts, "1")
    await parts.database.run(mark_enqueued, "1")

    def wait(db: Db) -> None:
        row = db.get_one(SessionRow, "1")
        assert row.sent_at is not None
        row.sent_at -= TAKEN_WITHIN

    await parts.database.run(wait)
    async with app.test_app():
        await async_until(lambda: tasks.looks >= LOOKS or len(tasks.sent) > len(in_queue))
    assert tasks.sent == sent


@pytest.mark.parametrize("public_url", ["http://site.example", "https://site.example"])
async def test_refusal_of_a_long_body_has_the_common_headers(tmp_path: Path, public_url: str) -> None:
    app = create_app(load({"DATA_DIR": str(tmp_path), "PUBLIC_URL": public_url}))
    client = app.test_client()
    refused, other = [
        await client.post("/api/v1/auth/login", headers={"Content-Length": str(declared)})
        for declared in (SMALL_BODY_BYTES + 1, 0)
    ]
    await app.extensions["playhead"].close()
    assert (refused.status_code, other.status_code) == (413, 403)
    assert refused.headers["X-Request-Id"] != other.headers["X-Request-Id"]
    for headers in (refused.headers, other.headers):
        del headers["X-Request-Id"], headers["Content-Length"], headers["Vary"]
    assert sorted(map(in_lower_case, refused.headers)) == sorted(map(in_lower_case, other.headers))


def in_lower_case(header: tuple[str, str]) -> tuple[str, str]:
    return header[0].lower(), header[1]
