"""The session document of CONTRACT.md, §4, which all routes return."""

from datetime import datetime

import msgspec

from playhead.sessions.models import Session
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
