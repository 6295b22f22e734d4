"""Notices of incidents on both databases: one of the begin, then one of the end, whatever the receiver does."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from playhead.db import Database, SyncDatabase, present
from playhead.monitoring.alerts.models import IncidentRow
from playhead.monitoring.alerts.outbox import outbox
from playhead.webhooks.outbox import OLD_AFTER, Sender
from tests.support.alerting import forget, look
from tests.support.webhook_receiver import SECRET, WebhookReceiver

SITE = "https://playhead.example.org"
REDIS, DISK = "RedisAway", "DiskFull"


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    opened = WebhookReceiver()
    yield opened
    opened.end()


@pytest.fixture
async def shared(database: SyncDatabase, database_url: str) -> AsyncIterator[Database]:
    """The database of a web process, without incidents."""
    await asyncio.to_thread(forget, database)
    opened = Database(database_url)
    yield opened
    await opened.close()


async def send(shared: Database, receiver: WebhookReceiver) -> None:
    await Sender(shared, outbox(SITE), receiver.url, SECRET).send_due()


def verified(receiver: WebhookReceiver) -> list[tuple[str, str]]:
    """The status and the name of what was taken, in order, each signed well."""
    found = [one.verified() for one in receiver.taken]
    return [(one["status"], one["commonLabels"]["alertname"]) for one in found]


def retry_now(database: SyncDatabase) -> None:
    due = update(IncidentRow).where(IncidentRow.notice_at.is_not(None))
    database.run(lambda db: db.execute(due.values(notice_at=present(db))))


def waiting(database: SyncDatabase) -> int:
    rows = select(IncidentRow.id).where(IncidentRow.notice_at.is_not(None))
    return len(database.run(lambda db: db.scalars(rows).all()))


async def test_begin_and_end_are_each_sent_once(
    database: SyncDatabase, shared: Database, receiver: WebhookReceiver
) -> None:
    look(database, REDIS)
    for _ in range(2):
        await send(shared, receiver)
    assert verified(receiver) == [("firing", REDIS)]
    look(database, REDIS)  # it goes on
    await send(shared, receiver)
    look(database)
    for _ in range(2):
        await send(shared, receiver)
    assert verified(receiver) == [("firing", REDIS), ("resolved", REDIS)]
    assert len({one.id for one in receiver.taken}) == 2
    assert waiting(database) == 0


async def test_what_is_over_before_its_begin_was_taken_is_not_announced(
    database: SyncDatabase, shared: Database, receiver: WebhookReceiver
) -> None:
    receiver.status = 503
    look(database, REDIS)
    await send(shared, receiver)
    look(database)
    receiver.status = 200
    await send(shared, receiver)  # not due yet: a try may be under way
    assert verified(receiver) == []
    retry_now(database)
    await send(shared, receiver)
    assert verified(receiver) == [("resolved", REDIS)]
    assert waiting(database) == 0


async def test_notice_that_is_tried_again_has_the_same_id_and_body(
    database: SyncDatabase, shared: Database, receiver: WebhookReceiver
) -> None:
    receiver.status = 503
    look(database, REDIS)
    await send(shared, receiver)
    receiver.status = 200
    retry_now(database)
    await send(shared, receiver)
    assert len(receiver.received) == 2
    assert len({(one.id, one.body) for one in receiver.received}) == 1


async def test_end_during_the_post_of_the_begin_is_sent_after_it(
    database: SyncDatabase, shared: Database, receiver: WebhookReceiver
) -> None:
    look(database, REDIS)
    begin = await shared.run(outbox(SITE).due)
    assert begin is not None
    look(database)
    await shared.run(begin.mark_sent)
    await send(shared, receiver)
    assert verified(receiver) == [("resolved", REDIS)]


async def test_refused_notice_does_not_hold_back_another_incident(
    database: SyncDatabase, shared: Database, receiver: WebhookReceiver
) -> None:
    receiver.status = 400
    look(database, REDIS)
    await send(shared, receiver)
    receiver.status = 200
    look(database, REDIS, DISK)
    await send(shared, receiver)
    assert verified(receiver) == [("firing", DISK)]


async def test_several_processes_send_each_notice_once(
    database: SyncDatabase, shared: Database, receiver: WebhookReceiver
) -> None:
    look(database, REDIS, DISK)
    for names in ((REDIS, DISK), ()):
        look(database, *names)
        for _ in range(4):  # one that finds that another process took a notice stops until its next round
            await asyncio.gather(*(send(shared, receiver) for _ in range(4)))
    assert sorted(verified(receiver)) == [("firing", DISK), ("firing", REDIS), ("resolved", DISK), ("resolved", REDIS)]
    assert waiting(database) == 0


async def test_what_is_over_since_yesterday_is_given_up(
    database: SyncDatabase, shared: Database, receiver: WebhookReceiver
) -> None:
    look(database, REDIS, ago=OLD_AFTER + timedelta(hours=2))
    look(database, ago=OLD_AFTER + timedelta(minutes=1))
    await send(shared, receiver)
    assert receiver.received == []


async def test_what_goes_on_is_sent_however_old_it_is(
    database: SyncDatabase, shared: Database, receiver: WebhookReceiver
) -> None:
    look(database, REDIS, ago=2 * OLD_AFTER)
    await send(shared, receiver)
    assert verified(receiver) == [("firing", REDIS)]
