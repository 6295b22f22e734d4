"""The notices of decisions about a rollout. Their table is the outbox: each is sent once, or more often."""

from functools import partial

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.rollout.changes import JUDGE
from playhead.rollout.models import DecisionRow
from playhead.webhooks.outbox import OLD_AFTER, Notice, Outbox, for_chats, message_id

PAGE = "/admin/rollout"


class Body(msgspec.Struct, frozen=True):
    """The body of a notice. `text` is what Slack and those like it show: what was decided, by whom, why, and a link."""

    text: str
    rollout: int | None
    decision: str
    share_from: int | None
    share_to: int | None
    sentence: str
    by: str
    reason: str
    at: str
    url: str | None


def outbox(public_url: str) -> Outbox:
    """The decisions as an outbox. `public_url`: the site's address, for a link; empty: no link."""
    url = public_url.rstrip("/") + PAGE if public_url else None
    return Outbox(table=DecisionRow, due=partial(first_due, url=url))


def first_due(db: Db, url: str | None) -> Notice | None:
    """The oldest notice that is due. `url`: the page about rollouts."""
    now = present(db)
    waiting = select(DecisionRow).where(DecisionRow.notice_at <= now, DecisionRow.at > now - OLD_AFTER)
    row = db.scalars(waiting.order_by(DecisionRow.id).limit(1)).first()
    if row is None or row.notice_at is None:
        return None
    return Notice(
        row=row.id,
        due_at=row.notice_at,
        tries=row.notice_tries,
        id=message_id("rollout", row.id, row.at),
        body=msgspec.json.encode(_body(row, url)),
        mark_sent=partial(mark_sent, decision_id=row.id),
    )


def mark_sent(db: Db, decision_id: int) -> None:
    """Marks the notice of a decision as sent."""
    sent = {"noticed_at": present(db), "notice_at": None}
    db.execute(update(DecisionRow).where(DecisionRow.id == decision_id).values(sent))


def _body(row: DecisionRow, url: str | None) -> Body:
    why = f": {row.reason}" if row.reason else ""
    words = row.sentence if row.by == JUDGE else f"{row.sentence} By {row.by}{why}"
    text = for_chats(words)
    return Body(
        text=f"{text} {url}" if url else text,
        rollout=row.rollout_id,
        decision=row.decision,
        share_from=row.share_from,
        share_to=row.share_to,
        sentence=row.sentence,
        by=row.by,
        reason=row.reason,
        at=row.at.isoformat(),
        url=url,
    )
