"""Notices of decisions on both databases, to a real HTTP server: each is sent; a webhook that fails hurts nobody."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from structlog.testing import capture_logs

from playhead.db import Database, SyncDatabase
from playhead.live.clock import now
from playhead.rollout.models import DecisionRow
from playhead.rollout.notices import outbox
from playhead.webhooks.outbox import OLD_AFTER, Sender
from tests.support.webhook_receiver import SECRET, WebhookReceiver

SENTENCE = "Rolled back from 25%: 9 of 41 <streaming> users saw nothing new."
IN_URL = "T0KEN"
LIMIT_S = 20.0


@pytest.fixture
def webhook() -> Iterator[WebhookReceiver]:
    receiver = WebhookReceiver()
    yield receiver
    receiver.end()


@pytest.fixture
async def shared(database: SyncDatabase, database_url: str) -> AsyncIterator[Database]:
    """The database of a web process, without decisions."""
    database.run(lambda db: db.execute(delete(DecisionRow)))
    opened = Database(database_url)
    yield opened
    await opened.close()


def decide(
    database: SyncDatabase, at: datetime | None = None, decision: str = "roll_back", by: str = "the judge"
) -> int:
    made = DecisionRow(
        at=at or now(),
        decision=decision,
        share_from=25,
        share_to=0,
        group_from="",
        group_to="",
        by=by,
        reason="mute",
        sentence=SENTENCE,
        numbers="",
        state="acted",
        notice_at=now(),
        notice_tries=0,
    )  # fmt: skip

    def insert(db: Any) -> int:
        db.add(made)
        db.flush()
        return made.id

    return database.run(insert)


def stored(database: SyncDatabase, id: int) -> DecisionRow:
    return database.run(lambda db: db.scalars(select(DecisionRow).where(DecisionRow.id == id)).one())


def sender(shared: Database, webhook: WebhookReceiver, limit_s: float = LIMIT_S) -> Sender:
    return Sender(shared, outbox("https://playhead.example.org"), f"{webhook.url}/{IN_URL}", SECRET, limit_s)


async def test_each_decision_is_posted_once_in_order(
    database: SyncDatabase, shared: Database, webhook: WebhookReceiver
) -> None:
    first, second = decide(database), decide(database, decision="stop", by="ada")
    notices = sender(shared, webhook)
    await notices.send_due()
    await notices.send_due()
    assert [one.verified()["decision"] for one in webhook.taken] == ["roll_back", "stop"]
    assert webhook.taken[0].json == {
        "text": "Rolled back from 25%: 9 of 41 &lt;streaming&gt; users saw nothing new."
        " https://playhead.example.org/admin/rollout",
        "rollout": None,
        "decision": "roll_back",
        "share_from": 25,
        "share_to": 0,
        "sentence": SENTENCE,
        "by": "the judge",
        "reason": "mute",
        "at": stored(database, first).at.isoformat(),
        "url": "https://playhead.example.org/admin/rollout",
    }
    assert " users saw nothing new. By ada: mute https://" in webhook.taken[1].json["text"]
    assert all(stored(database, one).noticed_at for one in (first, second))


async def test_several_processes_send_a_notice_once(
    database: SyncDatabase, shared: Database, webhook: WebhookReceiver
) -> None:
    decide(database)
    await asyncio.gather(*(sender(shared, webhook).send_due() for _ in range(4)))
    assert len(webhook.taken) == 1


async def test_failed_notice_waits_and_is_sent_later(
    database: SyncDatabase, shared: Database, webhook: WebhookReceiver
) -> None:
    decision, notices = decide(database), sender(shared, webhook)
    webhook.status = 500
    with capture_logs() as lines:
        await notices.send_due()
    after = stored(database, decision)
    assert (after.noticed_at, after.notice_tries) == (None, 1)
    assert after.notice_at is not None
    assert after.notice_at > now()
    webhook.status = 200
    await notices.send_due()  # not due yet
    assert webhook.taken == []
    database.run(lambda db: db.execute(update(DecisionRow).values(notice_at=now())))
    await notices.send_due()
    assert [one.status for one in webhook.received] == [500, 200]
    assert len({one.id for one in webhook.received}) == 1  # a receiver can drop one that it has
    assert [line["trouble"] for line in lines] == ["it answered 500"]
    assert IN_URL not in str(lines)


async def test_hanging_webhook_costs_no_more_than_its_limit(
    database: SyncDatabase, shared: Database, webhook: WebhookReceiver
) -> None:
    webhook.goes_on.clear()
    decision = decide(database)
    async with asyncio.timeout(LIMIT_S):
        await sender(shared, webhook, limit_s=0.1).send_due()
    assert stored(database, decision).notice_tries == 1


async def test_webhook_that_is_away_raises_nothing(
    database: SyncDatabase, shared: Database, webhook: WebhookReceiver
) -> None:
    decision = decide(database)
    webhook.close()
    await sender(shared, webhook).send_due()
    assert stored(database, decision).notice_tries == 1


async def test_notice_of_yesterday_is_given_up(
    database: SyncDatabase, shared: Database, webhook: WebhookReceiver
) -> None:
    decide(database, at=now() - OLD_AFTER - timedelta(minutes=1))
    await sender(shared, webhook).send_due()
    assert webhook.taken == []


async def test_nothing_is_taken_without_a_webhook(database: SyncDatabase, shared: Database) -> None:
    decision = decide(database)
    await Sender(shared, outbox(""), "").send_due()
    assert stored(database, decision).notice_tries == 0
