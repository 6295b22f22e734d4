"""The queries of those who follow sessions: for many at once, because many ask in the same moment."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead.sessions.models import Session, SessionRow
from playhead.sessions.repository import session_of


def by_id(db: Db, ids: Collection[str]) -> dict[str, Session]:
    """Those of the sessions that exist, whoever's they are."""
    return {row.id: session_of(row) for row in db.scalars(select(SessionRow).where(SessionRow.id.in_(ids)))}
