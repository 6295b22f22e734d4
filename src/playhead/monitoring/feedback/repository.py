"""Queries about answers. Each takes a person as their digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Integer, String, and_, case, delete, exists, func, literal, select, update
from sqlalchemy.orm import Session as Db

from playhead.db import Moment, insert_of, present
from playhead.ids import new_id
from playhead.monitoring.feedback.models import FeedbackRow

ASK_AGAIN = timedelta(days=30)
"""A person is asked once within this time: to be asked each week is what makes people close such questions unread."""
PAGE = 50
"""Answers that are read at once: two screens of them."""


class Outcome(StrEnum):
    """What became of an answer."""

    KEPT = "kept"
    ASKED_BEFORE = "asked_before"
    """The question was shown before, or answered: nothing is added."""
    ANSWERED_BEFORE = "answered_before"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as admins get it: nothing of it leads to a person."""

    id: str
    at: datetime
    rating: int | None
    """None: the question was shown, and there is no answer."""
    comment: str
    mode: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many answers of a step have this mode and rating."""

    step: int
    mode: str
    rating: int | None
    count: int


def may_ask(db: Db, person: str) -> bool:
    """Whether this person was not shown the question within `ASK_AGAIN`."""
    return db.scalar(select(FeedbackRow.id).where(_recent(person, present(db)))) is None


def keep(db: Db, person: str, rating: int | None, comment: str, mode: str) -> Outcome:
    """Keeps an answer, or with `rating` None that the question was shown; one row for a person within `ASK_AGAIN`.

    An answer fills the row that the question made when it was shown. Of concurrent answers one is kept.
    """
    moment = present(db)
    recent = _recent(person, moment)
    nth = select(func.coalesce(func.max(FeedbackRow.nth), 0) + 1).where(FeedbackRow.person == person).scalar_subquery()
    new = select(
        literal(new_id(), String),
        literal(moment, Moment),
        literal(person, String),
        nth,
        literal(rating, Integer),
        literal(comment, String),
        literal(mode, String),
    ).where(~exists().where(recent))
    # One statement, before any read: SQLite refuses to write after a read of what somebody changed since.
    columns = ["id", "at", "person", "nth", "rating", "comment", "mode"]
    insert = insert_of(db, FeedbackRow).from_select(columns, new).on_conflict_do_nothing()
    if db.execute(insert.returning(FeedbackRow.id)).first() is not None:
        return Outcome.KEPT
    if rating is None:
        return Outcome.ASKED_BEFORE
    shown = update(FeedbackRow).where(recent, FeedbackRow.rating.is_(None))
    changed = shown.values(rating=rating, comment=comment, mode=mode).returning(FeedbackRow.id)
    return Outcome.ANSWERED_BEFORE if db.execute(changed).first() is None else Outcome.KEPT


def counts(db: Db, edges: Sequence[datetime]) -> list[Count]:
    """Counts the answers by step, mode and rating; step n is from `edges[n]` until `edges[n + 1]`."""
    step = case(*((FeedbackRow.at < edge, index) for index, edge in enumerate(edges[1:])), else_=len(edges)).label(
        "step"
    )
    columns = (step, FeedbackRow.mode, FeedbackRow.rating, func.count())
    query = select(*columns).where(FeedbackRow.at >= edges[0], FeedbackRow.at < edges[-1])
    found = db.execute(query.group_by("step", FeedbackRow.mode, FeedbackRow.rating))
    return [Count(index, mode, rating, count) for index, mode, rating, count in found]


def answers(
    db: Db, since: datetime, before: str | None = None, *, unanswered: bool = False, limit: int = PAGE
) -> tuple[list[Answer], str | None]:
    """Reads a page of answers since a time, newest first, and the cursor of the next page.

    Args:
        db: a database session.
        since: the oldest time.
        before: the cursor.
        unanswered: whether rows without an answer are read, too.
        limit: the size of the page.
    """
    query = select(FeedbackRow).where(FeedbackRow.at >= since)
    if before is not None:
        query = query.where(FeedbackRow.id < before)
    if not unanswered:
        query = query.where(FeedbackRow.rating.is_not(None))
    rows = db.scalars(query.order_by(FeedbackRow.id.desc()).limit(limit + 1)).all()
    page = [Answer(row.id, row.at, row.rating, row.comment, row.mode) for row in rows[:limit]]
    return page, page[-1].id if len(rows) > limit else None


def delete_before(db: Db, moment: datetime) -> int:
    """Deletes the answers from before `moment`; returns how many."""
    return len(db.scalars(delete(FeedbackRow).where(FeedbackRow.at < moment).returning(FeedbackRow.id)).all())


def _recent(person: str, moment: datetime) -> ColumnElement[bool]:
    return and_(FeedbackRow.person == person, FeedbackRow.at > moment - ASK_AGAIN)
