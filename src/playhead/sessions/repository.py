"""The queries for people's commands and pages: create, read, list, cancel, delete.

Each is a plain function over a database session, for `Database.run`. The writes of workers are in `attempts`,
the queries of segments in `transcript`, and what tries a session again is in `revisions`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, false, func, select, text, update
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.errors import Problem, session_not_found
from playhead.live.clock import now
from playhead.sessions import queue
from playhead.sessions.advance import advance
from playhead.sessions.models import NewSession, Session, SessionRow
from playhead.sessions.rows import session_of, to_json
from playhead.sessions.sentences import with_message
from playhead.sessions.status import FINAL, Stage, State, Status, decode, encode

PAGE_SIZE = 50
"""Sessions in one page of a list: a screen or two."""
QUEUE_LOCK = 0x706C61796865
"""The key of the PostgreSQL advisory lock of those who decide an order in the queue; an arbitrary number."""
LOCKED_AT_ONCE = 100
"""Rows that one transaction locks at most."""


def create(db: Db, new: NewSession) -> Session:
    """Creates a session that waits for its turn.

    It is given the last position. `renumber`, which follows in a transaction of its own, finds its fair one and an
    estimate: planning takes milliseconds, in which nobody else could write to SQLite.
    """
    first = Status(
        session_id=new.id,
        version=1,
        attempt=0,
        state=State.QUEUED,
        stage=Stage.QUEUED,
        message="",
        updated_at=now(),
        queue_position=last_position(db),
        trace_id=new.trace_id,
    )
    return session_of(add_row(db, new, with_message(first)))


def add_row(db: Db, new: NewSession, status: Status, **fields: Any) -> SessionRow:
    """Adds the row of a new session.

    Args:
        status: its first one.
        fields: columns that begin otherwise than by default.
    """
    begun: dict[str, Any] = {
        "owner_id": new.owner_id,
        "filename": new.filename,
        "size_bytes": new.size_bytes,
        "audio_key": new.audio_key,
        "options": to_json(new.options),
        "language": new.options.language,
        "engine": None,
        "duration_s": None,
        "created_at": status.updated_at,
        "queued_at": present(db),
        "enqueued": False,
        "sent_at": None,
        "tries": 0,
        "lease_until": None,
        "version": status.version,
        "attempt": status.attempt,
        "state": status.state,
        "cancel_requested": False,
        "speed": None,
        "status": encode(status).decode(),
        "changed_at": status.updated_at,
        "audio_deleted_at": None,
        "revision": 0,
    }
    row = SessionRow(id=new.id, **begun | fields)
    db.add(row)
    return row


def audio_keys(db: Db, ids: Collection[str]) -> set[str]:
    """The storage keys of these sessions' recordings; unknown ids and deleted recordings are left out."""
    query = select(SessionRow.audio_key).where(SessionRow.id.in_(ids), SessionRow.audio_deleted_at.is_(None))
    return set(db.scalars(query))


def get(db: Db, id: str, owner_id: str) -> Session:
    """Reads a session. Raises the same Problem 404 if it is absent and if it is someone else's."""
    return session_of(own_row(db, id, owner_id))


def page(db: Db, owner_id: str, before: str | None = None) -> tuple[list[Session], str | None]:
    """The newest sessions older than the id `before`, and the cursor of the next page (None if this is the last)."""
    query = select(SessionRow).where(SessionRow.owner_id == owner_id).order_by(SessionRow.id.desc())
    if before is not None:
        query = query.where(SessionRow.id < before)
    rows = list(db.scalars(query.limit(PAGE_SIZE + 1)))
    shown = rows[:PAGE_SIZE]
    return [session_of(row) for row in shown], shown[-1].id if len(rows) > PAGE_SIZE else None


def cancel(db: Db, id: str, owner_id: str) -> Session:
    """Cancels a session without a worker at once; for a running one sets `cancel_requested`.

    One whose recording is not whole yet loses it: the caller deletes what is stored of it.

    Raises:
        Problem: 404; 409 `already_final`.
    """
    row = own_row(db, id, owner_id, lock=True)
    if row.state in FINAL:
        raise Problem(409, "already_final", f"The session is {row.state} already: there is nothing to cancel.")
    if row.state == State.PROCESSING and row.lease_until and row.lease_until > present(db):
        row.cancel_requested = True
    else:
        if row.state == State.UPLOADING:
            row.audio_deleted_at = present(db)
        write(db, row, advance(decode(row.status), stage=Stage.CANCELED))
    return session_of(row)


def mark_enqueued(db: Db, id: str) -> None:
    """Records that the broker has the task's message."""
    db.execute(update(SessionRow).where(SessionRow.id == id).values(enqueued=True, sent_at=present(db)))


def remove(db: Db, id: str, owner_id: str) -> Session:
    """Deletes a session and its segments; a running worker is fenced off.

    Returns:
        The session with its last status and its storage key.
    """
    session = session_of(own_row(db, id, owner_id, lock=True))
    db.execute(delete(SessionRow).where(SessionRow.id == id))
    return session


def ended_before(db: Db, moment: datetime, *, with_audio: bool = False) -> list[Session]:
    """Lists sessions that ended before `moment`, oldest first, at most `PAGE_SIZE`.

    Args:
        with_audio: only those whose recording was not deleted.
    """
    ended_at = func.coalesce(SessionRow.changed_at, SessionRow.created_at)
    query = select(SessionRow).where(SessionRow.state.in_(FINAL), ended_at < moment)
    if with_audio:
        query = query.where(SessionRow.audio_deleted_at.is_(None))
    return [session_of(row) for row in db.scalars(query.order_by(SessionRow.id).limit(PAGE_SIZE))]


def finals_of(db: Db, ids: Collection[str]) -> dict[str, tuple[datetime, int]]:
    """When those of these sessions that have ended did so, and the version of their final status."""
    columns = SessionRow.id, SessionRow.changed_at, SessionRow.version
    ended = select(*columns).where(SessionRow.id.in_(ids), SessionRow.state.in_(FINAL))
    return {row.id: (row.changed_at, row.version) for row in db.execute(ended) if row.changed_at is not None}


def mark_audio_deleted(db: Db, id: str) -> bool:
    """Records that the recording of a session is deleted; False unless the session is final and has its recording."""
    has_it = (SessionRow.id == id, SessionRow.state.in_(FINAL), SessionRow.audio_deleted_at.is_(None))
    marked = update(SessionRow).where(*has_it).values(audio_deleted_at=present(db))
    return db.execute(marked.returning(SessionRow.id)).first() is not None


def renumber(db: Db, most: int = 0) -> list[Session]:
    """Updates the positions and estimates of those who wait, after the queue changed.

    Call it in a transaction of its own: it locks many rows, so the caller must hold none. There is no deadlock, because
    others lock one row and then wait for nothing more, and `attempts.recover` skips locked rows.

    Returns:
        The sessions whose status changed, to be published.
    """
    # Planned before the lock is taken, because on SQLite nobody else can write from then on; again if it is outdated.
    before, fields = queue.mark(db), dict(queue.planned(db, most))
    lock_queue(db)
    if queue.mark(db) != before:
        db.expire_all()
        fields = dict(queue.planned(db, most))
    changed = []
    for row in queue.queued(db, fields):
        status, found = decode(row.status), fields[row.id]
        is_new = status.eta_s is None and found["eta_s"] is not None
        if is_new or status.queue_position != found["queue_position"]:
            changed.append(write(db, row, advance(status, stage=Stage.QUEUED, **found)))
    return changed


def lock_queue(db: Db) -> None:
    """Makes other transactions that decide an order in the queue wait for this one."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": QUEUE_LOCK})
    else:
        lock_sqlite(db)


def lock_sqlite(db: Db) -> None:
    """Takes SQLite's only lock, as any write does, even one that changes no row."""
    db.execute(update(SessionRow).where(false()).values(version=0))


def locked(db: Db, *which: ColumnElement[bool], skip_locked: bool = False) -> Sequence[SessionRow]:
    """Locks the first `LOCKED_AT_ONCE` matching rows, in the queue's order, until the transaction ends.

    Args:
        skip_locked: leave out rows that others have locked, instead of waiting for them.
    """
    if db.get_bind().dialect.name == "sqlite":  # it has no row locks, and ignores FOR UPDATE
        lock_sqlite(db)
    query = select(SessionRow).where(*which).order_by(SessionRow.queued_at, SessionRow.id).limit(LOCKED_AT_ONCE)
    query = query.with_for_update(skip_locked=skip_locked).execution_options(populate_existing=True)
    return db.scalars(query).all()


def write(db: Db, row: SessionRow, status: Status) -> Session:
    """Sets the status of a locked row, and returns the session."""
    row.version, row.attempt, row.state = status.version, status.attempt, status.state
    row.status = encode(status).decode()
    # Final ones by the database's clock, because `following.followed` compares them with a time of that clock.
    row.changed_at = present(db) if status.is_final else status.updated_at
    return session_of(row)


def last_position(db: Db) -> int:
    """The position of a session that joins the queue."""
    return 1 + (db.scalar(select(func.count()).where(SessionRow.state == State.QUEUED)) or 0)


def own_row(db: Db, id: str, owner_id: str, *, lock: bool = False) -> SessionRow:
    own = (SessionRow.id == id, SessionRow.owner_id == owner_id)
    rows = locked(db, *own) if lock else db.scalars(select(SessionRow).where(*own)).all()
    if not rows:
        raise session_not_found()
    return rows[0]
