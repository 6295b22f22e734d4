"""The documents of a session and of a segment (CONTRACT.md, §4), which all routes return."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from playhead.sessions.facts import Options, TextWarning, Track, Word
from playhead.sessions.models import Segment, Session
from playhead.sessions.status import Status

PREFIX = "/api/v1"


class Links(msgspec.Struct, frozen=True, kw_only=True):
    itself: str = msgspec.field(name="self")
    status: str
    stream: str
    transcript: str
    audio: str


class SessionDocument(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    filename: str
    language: str | None
    engine: str | None
    size_bytes: int
    duration_s: float | None
    audio_deleted_at: datetime | None
    revision: int
    options: Options
    tracks: Sequence[Track]
    warnings: Sequence[TextWarning]
    created_at: datetime
    status: Status
    links: Links


def document(session: Session) -> SessionDocument:
    here = f"{PREFIX}/sessions/{session.id}"
    return SessionDocument(
        id=session.id,
        filename=session.filename,
        language=session.language,
        engine=session.engine,
        size_bytes=session.size_bytes,
        duration_s=session.duration_s,
        audio_deleted_at=session.audio_deleted_at,
        revision=session.revision,
        options=session.options,
        tracks=session.tracks,
        warnings=session.warnings,
        created_at=session.created_at,
        status=session.status,
        links=Links(
            itself=here,
            status=f"{here}/status",
            stream=f"{here}/status/stream",
            transcript=f"{here}/transcript",
            audio=f"{here}/audio",
        ),
    )


class SegmentDocument(msgspec.Struct, frozen=True, kw_only=True):
    """`channel`: absent where channels are not heard apart; `words`: absent unless they were asked for."""

    index: int
    start_s: float
    end_s: float
    text: str
    revision: int
    channel: int | UnsetType = UNSET
    words: Sequence[Word] | UnsetType = UNSET


def segment_document(segment: Segment, *, words: bool = False) -> SegmentDocument:
    return SegmentDocument(
        index=segment.index,
        start_s=segment.start_s,
        end_s=segment.end_s,
        text=segment.text,
        revision=segment.revision,
        channel=UNSET if segment.channel is None else segment.channel,
        words=segment.words if words else UNSET,
    )
