"""The queries of status streams and polls, each for many sessions at once."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.orm import Session as Db

from playhead import log
from playhead.sessions.advance import removed
from playhead.sessions.models import SessionRow
from playhead.sessions.status import LIVE, Status, decode

R = TypeVar("R")
T = TypeVar("T")

FOLLOWED_MAX = 1000
"""Most sessions of one person in an answer, the newest: more than a list shows, and half a megabyte."""


class Owned(NamedTuple):
    """The status of a session, and whose it is."""

    owner_id: str
    status: Status


def by_id(db: Db, ids: Collection[str]) -> dict[str, Owned | Exception]:
    """The statuses of the sessions with these ids, of any owner, as far as they exist; for an unreadable one its error.

    Not whole rows: a storm of reconnects reads thousands, and a row costs ten times as much.
    """
    query = select(SessionRow.id, SessionRow.owner_id, SessionRow.status).where(SessionRow.id.in_(ids))
    found: dict[str, Owned | Exception] = {}
    for session_id, owner_id, document in db.execute(query):
        status = _read(decode, document)
        found[session_id] = status if isinstance(status, Exception) else Owned(owner_id, status)
    return found


def followed(db: Db, owner_id: str, since: datetime, versions: Mapping[str, int]) -> list[Status]:
    """The statuses of a person's sessions that are not final, changed since `since`, or are in `versions`.

    Args:
        since: a time of the database's clock.
        versions: the version that the reader has of each session, for those that are not final. A session that does not
            exist any more gets the status `canceled`, as in `removed`.
    """
    worth = or_(SessionRow.state.in_(LIVE), SessionRow.changed_at >= since, SessionRow.id.in_(versions.keys()))
    query = select(SessionRow.status).where(SessionRow.owner_id == owner_id, worth)
    documents = db.scalars(query.order_by(SessionRow.id.desc()).limit(FOLLOWED_MAX))
    found: list[Status] = []
    for document in documents:
        read = _read(decode, document)
        if isinstance(read, Exception):
            log.get(__name__).warning("a stored status cannot be read", error=str(read))
        else:
            found.append(read)
    gone = versions.keys() - {status.session_id for status in found} if len(found) < FOLLOWED_MAX else set()
    return found + [removed(session_id, versions[session_id]) for session_id in gone]


def _read(as_it_is: Callable[[R], T], stored: R) -> T | Exception:
    """Decodes one row; a status of a newer release with an unknown stage must not fail the others."""
    try:
        return as_it_is(stored)
    except msgspec.DecodeError as error:
        return error
