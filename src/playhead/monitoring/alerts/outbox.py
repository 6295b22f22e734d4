"""The incidents as an outbox: each has a notice of its begin, then one of its end.

One that is over before its first notice was taken has that of its end alone: nobody is paged for what is over.
"""

from functools import partial

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.monitoring.alerts.models import IncidentRow
from playhead.monitoring.alerts.notice import body_of
from playhead.monitoring.alerts.repository import incident_of
from playhead.webhooks.outbox import OLD_AFTER, Notice, Outbox, message_id


def outbox(public_url: str) -> Outbox:
    """The incidents as an outbox. `public_url`: the site's address, for links; empty: no links."""
    return Outbox(table=IncidentRow, due=partial(first_due, public_url=public_url))


def first_due(db: Db, public_url: str) -> Notice | None:
    """The notice that is due of the oldest incident: of its begin while it goes on, however long ago that was, then of
    its end."""
    row, now = IncidentRow, present(db)
    is_recent = or_(row.ended_at.is_(None), row.ended_at > now - OLD_AFTER)
    found = db.scalars(select(row).where(row.notice_at <= now, is_recent).order_by(row.id).limit(1)).first()
    if found is None or found.notice_at is None:
        return None
    is_over = found.ended_at is not None
    return Notice(
        row=found.id,
        due_at=found.notice_at,
        tries=found.notice_tries,
        id=message_id("alert-end" if is_over else "alert-begin", found.id, found.begun_at),
        body=body_of(incident_of(found), public_url, is_over=is_over),
        mark_sent=partial(mark_end_sent if is_over else mark_begin_sent, incident_id=found.id),
    )


def mark_begin_sent(db: Db, incident_id: int) -> None:
    """Marks the notice of the begin as sent. If the incident ended meanwhile, that of its end is due."""
    row, now = IncidentRow, present(db)
    next_at = case((row.ended_at.is_(None), None), else_=now)
    sent = {"begin_noticed_at": now, "notice_at": next_at, "notice_tries": 0}
    db.execute(update(row).where(row.id == incident_id, row.begin_noticed_at.is_(None)).values(sent))


def mark_end_sent(db: Db, incident_id: int) -> None:
    """Marks the notice of the end as sent."""
    row = IncidentRow
    sent = {"end_noticed_at": func.coalesce(row.end_noticed_at, present(db)), "notice_at": None}
    db.execute(update(row).where(row.id == incident_id).values(sent))
