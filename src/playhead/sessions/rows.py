"""Reads sessions from their rows, and what is stored as JSON in their columns."""

from typing import Any

import msgspec

from playhead.sessions.facts import Draft, Options, TextWarning, Track
from playhead.sessions.models import Session, SessionRow
from playhead.sessions.status import Status, decode


def session_of(row: SessionRow) -> Session:
    read: dict[str, Any] = {
        "status": decode(row.status),
        "options": options_of(row),
        "tracks": tracks_of(row),
        "warnings": _read_warnings(row.warnings) if row.warnings else (),
        "draft": draft_of(row),
    }
    names = Session.__dataclass_fields__.keys() - read.keys()
    return Session(**read, **{name: getattr(row, name) for name in names})


def options_of(row: SessionRow) -> Options:
    """What a person chose; of a session of the release before, nothing is stored of it but the language."""
    return _read_options(row.options) if row.options else Options(language=row.language)


def tracks_of(row: SessionRow) -> tuple[Track, ...]:
    """The tracks of the recording; none before a worker read it."""
    return _read_tracks(row.tracks) if row.tracks else ()


def draft_of(row: SessionRow) -> Draft | None:
    return _read_draft(row.draft) if row.draft else None


def columns_of(draft: Draft, status: Status) -> dict[str, object]:
    """The columns of a session whose draft is served from this status on."""
    return {
        "revision": status.revision,
        "draft": None,
        "duration_s": draft.duration_s,
        "language": draft.language,
        "engine": draft.engine,
        "speed": draft.speed,
        "tracks": to_json(draft.tracks or ()),
        "warnings": to_json(draft.warnings or ()),
    }


def to_json(value: object) -> str:
    """A value of `facts` as it is stored."""
    return msgspec.json.encode(value).decode()


_read_options = msgspec.json.Decoder(Options).decode
_read_tracks = msgspec.json.Decoder(tuple[Track, ...]).decode
_read_warnings = msgspec.json.Decoder(tuple[TextWarning, ...]).decode
_read_draft = msgspec.json.Decoder(Draft).decode
