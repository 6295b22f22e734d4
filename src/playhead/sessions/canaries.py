"""The queries of canary sessions, which web processes write and no worker ever sees.

A canary session is in the state `uploading` until it is final, as an upload is, but has an engine, which no upload has.
The queue, its turns and positions, the sweep, and what people use look for sessions that are queued or processed, those
of past speed for a speed, those of uploads for sessions without an engine: none of them finds it.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Db

from playhead.db import changed, present
from playhead.errors import Problem
from playhead.live.clock import now
from playhead.sessions.models import NewSession, Segment, Session, SessionRow
from playhead.sessions.repository import add_row, get, locked, write
from playhead.sessions.rows import session_of
from playhead.sessions.sentences import with_message
from playhead.sessions.status import ATTEMPT_SPAN, Stage, State, Status
from playhead.sessions.transcript import add_segments

ENGINE = "canary"
"""The engine of a canary session; no worker has one of this name."""
FILENAME = "Canary"
LASTS = timedelta(seconds=10)
"""A session lasts 6 s. One that is not final after so long has lost its process, and stands in nobody's way."""
ABANDONED = timedelta(hours=1)
"""Nobody follows it any more by then. The next canary of the same account deletes it earlier."""
UNDER_WAY = "A canary of this account is under way: wait for it, or give each canary an account of its own."


def begin(db: Db, id: str, owner_id: str, audio_key: str) -> Session:
    """Begins a canary session, and deletes the one before of the same owner.

    Lock the owner first, in the same transaction: of two calls at once one begins a session.

    Args:
        audio_key: under which a recording of it would be stored; there is none.

    Raises:
        Problem: 429 `too_many_requests`, one of theirs is under way.
    """
    mine = SessionRow.owner_id == owner_id, SessionRow.engine == ENGINE
    moment = present(db)
    for begun_at in db.scalars(select(SessionRow.queued_at).where(*mine, SessionRow.state == State.UPLOADING)):
        left = begun_at + LASTS - moment
        if timedelta(0) < left <= LASTS:  # more is left only if the clock was set back
            raise Problem(429, "too_many_requests", UNDER_WAY, retry_after_s=left.total_seconds())
    db.execute(delete(SessionRow).where(*mine))
    first = Status(
        session_id=id,
        version=ATTEMPT_SPAN + 1,
        attempt=1,
        state=State.UPLOADING,
        stage=Stage.UPLOADING,
        message="",
        updated_at=now(),
    )
    # Without a recording it cannot be retried, which would queue it.
    new = NewSession(id=id, owner_id=owner_id, filename=FILENAME, size_bytes=0, audio_key=audio_key)
    return session_of(add_row(db, new, with_message(first), engine=ENGINE, audio_deleted_at=moment))


def save(db: Db, before: Status, status: Status, fresh: Sequence[Segment] = ()) -> Session | None:
    """Saves the next status and new segments of a canary session.

    Args:
        before: the status before. Its version is the fence.

    Returns:
        The session; None if it was canceled or deleted, or another process wrote to it: nothing was written.
    """
    rows = locked(db, SessionRow.id == status.session_id, SessionRow.version == before.version)
    if not rows:
        return None
    add_segments(db, status.session_id, fresh)
    return write(db, rows[0], status)


def require(db: Db, id: str, owner_id: str) -> None:
    """Raises Problem 404 unless this is a canary session of this owner."""
    if get(db, id, owner_id).engine != ENGINE:
        raise Problem(404, "session_not_found", "This is no session of a canary.")


def delete_abandoned(db: Db) -> int:
    """Deletes the canary sessions whose web process died; returns how many."""
    ours = SessionRow.state == State.UPLOADING, SessionRow.engine == ENGINE  # without an engine it is an upload
    return changed(db, delete(SessionRow).where(*ours, SessionRow.queued_at < present(db) - ABANDONED))
