"""What people use: bytes of recordings, seconds of audio transcribed today, and places in the queue.

The seconds of a session count once, when a worker first reads the length of its recording. They count also if it fails
or is deleted afterwards: otherwise deleting would make room for more work on the same day.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session as Db

from playhead.db import insert_of, present
from playhead.sessions.models import SessionRow, UsageRow
from playhead.sessions.rows import draft_of
from playhead.sessions.status import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a person uses now."""

    bytes: int = 0
    """Bytes of recordings that are stored."""
    audio_s: float = 0.0
    """Seconds of audio whose transcription began today (UTC)."""
    queued: int = 0
    """Sessions that wait for a worker."""
    running: int = 0
    """Sessions that a worker has."""


def count(db: Db, session_id: str, duration_s: float) -> None:
    """Counts the length of a session's recording as used today, once for each revision of its text.

    Call it before `duration_s` is stored in the session or its draft, in the same transaction.
    """
    row = db.scalar(select(SessionRow).where(SessionRow.id == session_id))
    if row is None or (draft_of(row) or row).duration_s is not None:
        return
    owner_id = row.owner_id
    today = present(db).date()
    added = insert_of(db, UsageRow).values(owner_id=owner_id, day=today, audio_s=duration_s)
    before = case((UsageRow.day == today, UsageRow.audio_s), else_=0.0)
    total = {"day": today, "audio_s": before + duration_s}
    db.execute(added.on_conflict_do_update(index_elements=[UsageRow.owner_id], set_=total))


def usage_of(db: Db, owner_ids: Collection[str]) -> dict[str, Usage]:
    """What each of these people uses; one without sessions uses nothing."""
    stored = func.sum(case((SessionRow.audio_deleted_at.is_(None), SessionRow.size_bytes), else_=0))
    queued = func.sum(case((SessionRow.state == State.QUEUED, 1), else_=0))
    running = func.sum(case((SessionRow.state == State.PROCESSING, 1), else_=0))
    sums = select(SessionRow.owner_id, stored, queued, running).where(SessionRow.owner_id.in_(owner_ids))
    found = {
        owner_id: (int(size), int(waiting), int(at_work))
        for owner_id, size, waiting, at_work in db.execute(sums.group_by(SessionRow.owner_id))
    }
    today = select(UsageRow.owner_id, UsageRow.audio_s).where(
        UsageRow.owner_id.in_(owner_ids), UsageRow.day == present(db).date()
    )
    seconds = {row.owner_id: row.audio_s for row in db.execute(today)}
    return {
        owner_id: Usage(bytes=size, audio_s=seconds.get(owner_id, 0.0), queued=waiting, running=at_work)
        for owner_id in owner_ids
        for size, waiting, at_work in [found.get(owner_id, (0, 0, 0))]
    }
