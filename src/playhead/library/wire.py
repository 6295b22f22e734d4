"""Defines the query strings and response bodies of the library's routes."""

from typing import Annotated

import msgspec

from playhead.ids import CANONICAL
from playhead.library.transcripts import Format, LineBreaks
from playhead.sessions.wire import SegmentDocument, SessionDocument


class Cursor(msgspec.Struct):
    cursor: Annotated[str, msgspec.Meta(pattern=f"^{CANONICAL}$", max_length=36)] | None = None


class SessionPage(msgspec.Struct):
    sessions: list[SessionDocument]
    next_cursor: str | None


class TranscriptQuery(msgspec.Struct):
    """`lines` is of txt; `words`, of json, is 1 for the times of words."""

    format: Format = "json"
    start: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = msgspec.field(default=0, name="from")
    lines: LineBreaks = "paragraphs"
    words: Annotated[int, msgspec.Meta(ge=0, le=1)] = 0
    revision: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | None = None


class Transcript(msgspec.Struct):
    """`complete` is true once the text of this revision is; then no segment follows."""

    session_id: str
    revision: int
    language: str | None
    complete: bool
    segments: list[SegmentDocument]
