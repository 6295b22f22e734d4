"""The queries of uploads: sessions that begin before the first byte of their recording, and are queued after the last.

An upload is in the state `uploading` and has no engine; a canary, which is in the same state, has one. Until it is
queued no worker sees it. Its statuses are those of attempt 0, as those of the queue that follow.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.errors import Problem
from playhead.live.clock import now
from playhead.sessions.advance import advance
from playhead.sessions.models import NewSession, Session, SessionRow
from playhead.sessions.repository import add_row, last_position, locked, own_row, remove, write
from playhead.sessions.rows import session_of
from playhead.sessions.sentences import with_message
from playhead.sessions.status import ATTEMPT_SPAN, Stage, State, Status, decode

UPLOADS = SessionRow.state == State.UPLOADING, SessionRow.engine.is_(None)
UNFINISHED_MAX = 100
"""Unfinished uploads of one person: a folder that goes wrong. Each is a row, and reserves its bytes in their quota."""
RETRY_S = 60.0
"""`Retry-After` in seconds of one more: a file of 50 MB takes about as long at 7 Mbit/s."""
NOTED_MAX = ATTEMPT_SPAN // 2
"""Versions that an upload may use up: those of the first attempt must be above them. Once a second, it is 5.8 days."""
PAGE_SIZE = 50
"""Uploads that a job reads at once."""


def begin(db: Db, new: NewSession) -> Session:
    """Creates an upload without a byte. Lock the owner first, so that the count of their uploads is exact.

    Raises:
        Problem: 429 `too_many_uploads`.
    """
    count = db.scalar(select(func.count()).where(SessionRow.owner_id == new.owner_id, *UPLOADS)) or 0
    if count >= UNFINISHED_MAX:
        begun = f"{count} files are half uploaded: let them finish, or delete some."
        raise Problem(429, "too_many_uploads", begun, retry_after_s=RETRY_S)
    first = Status(
        session_id=new.id,
        version=1,
        attempt=0,
        state=State.UPLOADING,
        stage=Stage.UPLOADING,
        progress=0.0,
        message="",
        size_bytes=new.size_bytes,
        updated_at=now(),
        trace_id=new.trace_id,
    )
    return session_of(add_row(db, new, with_message(first)))


def is_upload(session: Session) -> bool:
    """Whether bytes of its recording are still to come."""
    return session.status.state is State.UPLOADING and session.engine is None


def noted_at(session: Session) -> datetime:
    """When the last byte of an upload was noted; of one that has used up its versions this is not in the status."""
    return session.changed_at or session.status.updated_at


def note(db: Db, id: str, stored: int, eta_s: float | None) -> Session | None:
    """Notes how many bytes are stored; None if it is no upload any more. What was noted before never falls.

    Args:
        eta_s: until the last byte, in seconds; None: unknown.
    """
    rows = locked(db, SessionRow.id == id, *UPLOADS)
    if not rows:
        return None
    row, status = rows[0], decode(rows[0].status)
    progress = max(status.progress or 0.0, stored / row.size_bytes)
    if progress == status.progress:
        return session_of(row)  # its time is that of the last byte, from which it is kept
    if status.version >= NOTED_MAX:
        row.changed_at = now()
        return session_of(row)
    return write(db, row, advance(status, stage=Stage.UPLOADING, progress=progress, eta_s=eta_s))


def queue(db: Db, id: str, owner_id: str) -> tuple[Session, bool]:
    """Queues a session whose recording is whole, and whether it was not queued before. Raises Problem 404."""
    row = own_row(db, id, owner_id, lock=True)
    if not is_upload(session_of(row)):
        return session_of(row), False
    row.queued_at = present(db)
    return write(db, row, advance(decode(row.status), stage=Stage.QUEUED, queue_position=last_position(db))), True


def is_still(db: Db, id: str, owner_id: str) -> bool:
    """Whether it is an upload, also after a wait for others. Raises Problem 404."""
    return is_upload(session_of(own_row(db, id, owner_id, lock=True)))


def discard(db: Db, id: str, before: datetime | None) -> Session | None:
    """Deletes the session of an upload, if its last byte came `before`; None: there is none of this kind any more."""
    rows = locked(db, SessionRow.id == id, *UPLOADS, *([] if before is None else [SessionRow.changed_at < before]))
    return remove(db, id, rows[0].owner_id) if rows else None


def resting(db: Db, before: datetime, after: str = "") -> Sequence[Session]:
    """Uploads of which nothing came since `before`, by their ids above `after`, at most `PAGE_SIZE`."""
    rests = SessionRow.changed_at < before, SessionRow.id > after
    query = select(SessionRow).where(*UPLOADS, *rests).order_by(SessionRow.id).limit(PAGE_SIZE)
    return [session_of(row) for row in db.scalars(query)]
