"""Tries a session again: goes on with what failed or was canceled, or begins a new revision of its text."""

from typing import Any

from msgspec import UNSET
from sqlalchemy import delete
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.errors import Problem
from playhead.sessions.advance import advance
from playhead.sessions.facts import Choice, Draft, Options
from playhead.sessions.models import SegmentDraftRow, Session, SessionRow
from playhead.sessions.repository import last_position, own_row, write
from playhead.sessions.rows import draft_of, options_of, to_json, tracks_of
from playhead.sessions.status import FINAL, Stage, State, Status, decode


def retry(db: Db, id: str, owner_id: str, choice: Choice | None = None) -> Session:
    """Puts a session that is final back into the queue.

    With the options as before, a failed or canceled one keeps its segments, and the next attempt resumes. With other
    options, or if it is completed, a new revision begins, and what is there is served until that is complete.

    Args:
        choice: None: only go on with what failed or was canceled.

    Raises:
        Problem: 404; 409 `not_retryable`; 400 `invalid`, the recording has no such track.
    """
    row = own_row(db, id, owner_id, lock=True)
    status, before = decode(row.status), options_of(row)
    options = choice.applied_to(before) if choice else before
    is_new = choice is not None and (options != before or row.state == State.COMPLETED)
    if row.audio_deleted_at is not None:
        raise Problem(409, "not_retryable", "The recording was deleted: upload it again.")
    if row.state not in FINAL:
        raise Problem(409, "not_retryable", "It is under way: wait until it is done, or cancel it first.")
    if row.state == State.COMPLETED and not is_new:
        raise Problem(409, "not_retryable", "It is completed: choose a language, model, track or channels.")
    if status.error and not status.error.retryable and not is_new:
        raise Problem(409, "not_retryable", "It would fail again: choose another track, model or language.")
    fields: dict[str, Any] = {}
    if is_new:
        _check_track(row, options.track)
        fields = _begin_revision(db, row, status, options)
    row.cancel_requested, row.enqueued, row.sent_at, row.tries, row.queued_at = False, False, None, 0, present(db)
    return write(db, row, advance(status, stage=Stage.QUEUED, queue_position=last_position(db), **fields))


def _begin_revision(db: Db, row: SessionRow, status: Status, options: Options) -> dict[str, Any]:
    """Begins a new text with these options, beside what is served; returns fields of the status.

    Where nothing is served, and never was in full, there is nothing to keep, and the first revision begins anew.
    """
    row.options = to_json(options)
    db.execute(delete(SegmentDraftRow).where(SegmentDraftRow.session_id == row.id))
    is_complete = draft.is_complete if (draft := draft_of(row)) else row.state == State.COMPLETED
    nothing_done: dict[str, Any] = {"position_s": None, "progress": None, "speed": None}
    if not is_complete and not status.segments:
        row.language, row.duration_s, row.warnings, row.draft = options.language, None, None, None
        return nothing_done | {"warnings": UNSET, "next_revision": UNSET}
    row.draft = to_json(Draft(is_complete=is_complete, language=options.language))
    return nothing_done | {"next_revision": row.revision + 1}


def _check_track(row: SessionRow, track: object) -> None:
    """Raises Problem 400 for a track that the recording does not have, as far as its tracks were read."""
    tracks = tracks_of(row)
    if isinstance(track, int) and tracks and not any(one.index == track and one.decodable for one in tracks):
        raise Problem(400, "invalid", f"The recording has no track {track} that can be read.")
