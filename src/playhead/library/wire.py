"""What the shelf's routes take and answer, beside the session itself."""

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


class Wanted(msgspec.Struct):
    format: Format = "json"
    start: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = msgspec.field(default=0, name="from")


class Transcript(msgspec.Struct):
    """`complete` is true once the session is completed: no segment will follow."""

    session_id: str
    language: str | None
    complete: bool
    segments: list[Segment]
