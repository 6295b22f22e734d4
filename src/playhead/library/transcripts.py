"""Formats a transcript as text, subtitles or JSON, page by page, so that any length streams."""

from collections.abc import Sequence
from typing import Literal, Protocol
from urllib.parse import quote

import msgspec

from playhead.formats.containers import stem_of
from playhead.library.paragraphs import Lines, Paragraphs
from playhead.library.subtitles.formats import Srt, Vtt
from playhead.sessions.models import Segment
from playhead.sessions.wire import segment_document

Format = Literal["json", "txt", "srt", "vtt"]
LineBreaks = Literal["paragraphs", "segments"]
"""What a line of TXT is."""

MEDIA_TYPES: dict[str, str] = {
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
}

_encoder = msgspec.json.Encoder()


class Writer(Protocol):
    """Writes a transcript as text. It holds back what the next segments may change, which is bounded."""

    def begin(self) -> str: ...
    def add(self, segments: Sequence[Segment]) -> str: ...
    def end(self) -> str: ...


def writer(
    format: Format, *, language: str | None, duration_s: float | None, lines: LineBreaks = "paragraphs"
) -> Writer:
    """Makes the writer of TXT, SRT or WebVTT.

    Args:
        format: not "json".
        language: code of the speech; it decides where subtitles are split.
        duration_s: of the recording, in seconds; no subtitle goes beyond it.
        lines: of TXT.
    """
    if format == "srt":
        return Srt(language=language, duration_s=duration_s)
    if format == "vtt":
        return Vtt(language=language, duration_s=duration_s)
    return Lines() if lines == "segments" else Paragraphs()


def json_head(session_id: str, language: str | None, *, complete: bool, revision: int = 0) -> bytes:
    """The beginning of the JSON transcript, up to its first segment."""
    facts = {"session_id": session_id, "revision": revision, "language": language, "complete": complete}
    return _encoder.encode(facts)[:-1] + b',"segments":['


def json_page(segments: Sequence[Segment], *, words: bool = False) -> bytes:
    """A page of segments as JSON, without the array's brackets."""
    return _encoder.encode([segment_document(segment, words=words) for segment in segments])[1:-1]


JSON_TAIL = b"]}"


def attachment(filename: str, format: str) -> str:
    """Makes the `Content-Disposition` of a downloaded transcript of the recording `filename` (RFC 6266)."""
    return disposition("attachment", f"{stem_of(filename)}.{format}")


def disposition(kind: Literal["attachment", "inline"], name: str) -> str:
    """Makes a `Content-Disposition` with an ASCII name for old clients and the real name in UTF-8 (RFC 6266)."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_" for letter in name
    )
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
