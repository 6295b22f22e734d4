"""Sessions in the middle of their transcription, stored together: one by one they would take 10 ms of CPU each."""

from collections.abc import Sequence

from sqlalchemy import insert
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.ids import new_id
from playhead.live.clock import now
from playhead.sessions.advance import advance
from playhead.sessions.models import Segment, SegmentRow, Session, SessionRow
from playhead.sessions.repository import get
from playhead.sessions.status import Stage, State, Status, encode
from tests.support.worker import LEASE

FIRST_WORD = Segment(0, 0.0, 0.9, "word 0 «ü»")


def begin_sessions(db: Db, owners: Sequence[str]) -> list[Session]:
    """Stores a session of each owner, held by a worker of its own that has transcribed the first word."""
    started = present(db)
    times = {"queued_at": started, "sent_at": started, "lease_until": started + LEASE}
    rows = [_row(owner) | times for owner in owners]
    db.execute(insert(SessionRow), rows)
    columns = ("index", "start_s", "end_s", "text")
    word = {name: getattr(FIRST_WORD, name) for name in columns}
    db.execute(insert(SegmentRow), [{"session_id": row["id"], **word} for row in rows])
    return [get(db, str(row["id"]), owner) for row, owner in zip(rows, owners, strict=True)]


def _row(owner: str) -> dict[str, object]:
    session_id = new_id()
    status = Status(
        session_id=session_id,
        version=1,
        attempt=0,
        state=State.QUEUED,
        stage=Stage.QUEUED,
        message="",
        updated_at=now(),
    )
    for stage, fields in ((Stage.DECODING, {"attempt": 1}), (Stage.TRANSCRIBING, {"segments": 1, "position_s": 1.0})):
        status = advance(status, stage=stage, **fields)
    return {
        "id": session_id,
        "owner_id": owner,
        "filename": "talk.mp3",
        "engine": "words of its own",
        "size_bytes": 9,
        "audio_key": session_id,
        "created_at": status.updated_at,
        "enqueued": True,
        "tries": 1,
        "version": status.version,
        "attempt": status.attempt,
        "state": status.state,
        "cancel_requested": False,
        "status": encode(status).decode(),
        "changed_at": status.updated_at,
    }
