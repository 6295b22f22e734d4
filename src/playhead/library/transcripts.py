"""Formats a transcript as text, subtitles or JSON: pure functions of a page of segments, so that any length streams."""

from collections.abc import Callable, Sequence
from typing import Literal
from urllib.parse import quote

import msgspec

from playhead.sessions.models import Segment

Format = Literal["json", "txt", "srt", "vtt"]

MEDIA_TYPES: dict[str, str] = {
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
}
HEADS: dict[str, str] = {"txt": "", "srt": "", "vtt": "WEBVTT\n\n"}

_encoder = msgspec.json.Encoder()


def txt(segment: Segment) -> str:
    """Formats a segment as a line."""
    return f"{_one_line(segment.text)}\n"


def srt(segment: Segment) -> str:
    """Formats a segment as a SubRip cue, numbered from 1; an arrow in its text would start a new cue."""
    text = _one_line(segment.text).replace("-->", "->")
    return f"{segment.index + 1}\n{_span(segment, ',')}\n{text}\n\n"


def vtt(segment: Segment) -> str:
    """Formats a segment as a WebVTT cue; tags and arrows in its text are escaped."""
    text = _one_line(segment.text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"{_span(segment, '.')}\n{text}\n\n"


CUES: dict[str, Callable[[Segment], str]] = {"txt": txt, "srt": srt, "vtt": vtt}


def render(format: str, segments: Sequence[Segment]) -> str:
    """Formats a page of segments as txt, srt or vtt; segments without words are left out."""
    return "".join(CUES[format](segment) for segment in segments if segment.text.strip())


def json_head(session_id: str, language: str | None, *, complete: bool) -> bytes:
    """The beginning of the JSON transcript, up to its first segment."""
    head = _encoder.encode({"session_id": session_id, "language": language, "complete": complete})
    return head[:-1] + b',"segments":['


def json_page(segments: Sequence[Segment]) -> bytes:
    """A page of segments as JSON, without the array's brackets."""
    return _encoder.encode(segments)[1:-1]


JSON_TAIL = b"]}"


def attachment(filename: str, format: str) -> str:
    """Makes the `Content-Disposition` of a downloaded transcript of the recording `filename` (RFC 6266)."""
    stem = filename.rpartition(".")[0] or filename
    return disposition("attachment", f"{stem}.{format}")


def disposition(kind: Literal["attachment", "inline"], name: str) -> str:
    """Makes a `Content-Disposition` with an ASCII name for old clients and the real name in UTF-8 (RFC 6266)."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_" for letter in name
    )
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _one_line(text: str) -> str:
    """Joins the lines of a text: an empty line would end a cue."""
    return " ".join(text.split())


def _span(segment: Segment, point: str) -> str:
    start = _milliseconds(segment.start_s)
    return f"{_stamp(start, point)} --> {_stamp(max(start, _milliseconds(segment.end_s)), point)}"


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def _stamp(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{point}{rest:03}"
