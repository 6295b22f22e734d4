"""Reads the stored status of a session of any owner."""

from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead.sessions.models import SessionRow
from playhead.sessions.status import Status, decode


def read_status(db: Db, id: str) -> Status:
    """The stored status. Raises NoResultFound if there is no such session."""
    return decode(db.scalars(select(SessionRow.status).where(SessionRow.id == id)).one())
