"""The queries of segments: read those that are served, add some, and replace all by those of a draft."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, delete, insert, null, select
from sqlalchemy.orm import Session as Db

from playhead.sessions.facts import Word
from playhead.sessions.models import Segment, SegmentDraftRow, SegmentRow, SessionRow

SEGMENTS_AT_ONCE = 250
"""Segments in one read: about twenty minutes of speech, 200 kB with their words."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[tuple[float, float, str]]).decode


def segments(db: Db, id: str, start: int = 0, limit: int = SEGMENTS_AT_ONCE) -> list[Segment]:
    """Reads the segments `start`, `start + 1`, … of the text that is served, at most `limit`, in order."""
    return _read(db, id, start, limit)


def segments_of(
    db: Db, id: str, revision: int, start: int = 0, limit: int = SEGMENTS_AT_ONCE, *, words: bool = True
) -> list[Segment] | None:
    """Reads segments of a revision as `segments`, in one statement; None if it is not served, or not any more.

    Args:
        words: whether with their words.
    """
    found = _read(db, id, start, limit, SessionRow.revision == revision, words=words)
    if not found and db.scalar(select(SessionRow.revision).where(SessionRow.id == id)) not in (None, revision):
        return None
    return found


def _read(db: Db, id: str, start: int, limit: int, *which: ColumnElement[bool], words: bool = True) -> list[Segment]:
    row = SegmentRow
    columns = row.index, row.start_s, row.end_s, row.text, SessionRow.revision, row.channel
    spoken = (row.words if words else null()).label("spoken")
    query = select(*columns, spoken).join(SessionRow, SessionRow.id == row.session_id)
    query = query.where(row.session_id == id, row.index >= start, *which).order_by(row.index).limit(limit)
    return [
        Segment(index, start_s, end_s, text, channel, _words(spoken), of)
        for index, start_s, end_s, text, of, channel, spoken in db.execute(query)
    ]


def add_segments(
    db: Db, id: str, fresh: Sequence[Segment], to: type[SegmentRow] | type[SegmentDraftRow] = SegmentRow
) -> None:
    """Adds segments to those of a session, or of its draft."""
    rows = [
        {
            "session_id": id,
            "index": one.index,
            "start_s": one.start_s,
            "end_s": one.end_s,
            "text": one.text,
            "channel": one.channel,
            "words": _stored(one.words),
        }
        for one in fresh
    ]
    if rows:
        db.execute(insert(to), rows)


def serve_draft(db: Db, id: str) -> None:
    """Puts the segments of a session's draft in the place of those that were served."""
    names = [column.name for column in SegmentRow.__table__.columns]
    drafts = select(*(getattr(SegmentDraftRow, name) for name in names)).where(SegmentDraftRow.session_id == id)
    db.execute(delete(SegmentRow).where(SegmentRow.session_id == id))
    db.execute(insert(SegmentRow).from_select(names, drafts))
    db.execute(delete(SegmentDraftRow).where(SegmentDraftRow.session_id == id))


def _stored(words: Sequence[Word]) -> str | None:
    return _encode([(word.start_s, word.end_s, word.text) for word in words]).decode() if words else None


def _words(stored: str | None) -> tuple[Word, ...]:
    return tuple(Word(*word) for word in _decode(stored)) if stored else ()
