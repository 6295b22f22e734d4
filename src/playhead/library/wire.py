"""Defines the query strings and response bodies of the library's routes."""

from typing import Annotated

import msgspec

from playhead.ids import CANONICAL
from playhead.library.transcripts import Format
from playhead.sessions.models import Segment
from playhead.sessions.wire import SessionDocument


class Cursor(msgspec.Struct):
    cursor: Annotated[str, msgspec.Meta(pattern=f"^{CANONICAL}$", max_length=36)] | None = None


class SessionPage(msgspec.Struct):
    sessions: list[SessionDocument]
    next_cursor: str | None


class TranscriptQuery(msgspec.Struct):
    format: Format = "json"
    start: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = msgspec.field(default=0, name="from")


class Transcript(msgspec.Struct):
    """`complete` is true once the session is completed; then no segment follows."""

    session_id: str
    language: str | None
    complete: bool
    segments: list[Segment]
