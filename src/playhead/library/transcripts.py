"""A transcript as text, subtitles or JSON: pure functions, a piece for each segment, so that any length can be sent."""

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
    """A line."""
    return f"{_one_line(segment.text)}\n"


def srt(segment: Segment) -> str:
    """A SubRip cue: numbered from 1, milliseconds after a comma. An arrow in the words would start a new cue."""
    text = _one_line(segment.text).replace("-->", "->")
    return f"{segment.index + 1}\n{_span(segment, ',')}\n{text}\n\n"


def vtt(segment: Segment) -> str:
    """A WebVTT cue: the words are text, so what looks like a tag or an arrow is escaped."""
    text = _one_line(segment.text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"{_span(segment, '.')}\n{text}\n\n"


CUES: dict[str, Callable[[Segment], str]] = {"txt": txt, "srt": srt, "vtt": vtt}


def render(format: str, segments: Sequence[Segment]) -> str:
    """A page of cues; a segment without words makes none."""
    return "".join(CUES[format](segment) for segment in segments if segment.text.strip())


def json_head(session_id: str, language: str | None, *, complete: bool) -> bytes:
    """The JSON transcript up to where its segments begin."""
    facts = _encoder.encode({"session_id": session_id, "language": language, "complete": complete})
    return facts[:-1] + b',"segments":['


def json_page(segments: Sequence[Segment]) -> bytes:
    """A page of segments, without the brackets around them."""
    return _encoder.encode(segments)[1:-1]


JSON_TAIL = b"]}"


def attachment(filename: str, format: str) -> str:
    """`Content-Disposition` of a download (RFC 6266): a plain name for old clients, the true one for the others."""
    stem = filename.rpartition(".")[0] or filename
    return disposition("attachment", f"{stem}.{format}")


def disposition(kind: Literal["attachment", "inline"], name: str) -> str:
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_" for letter in name
    )
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _one_line(text: str) -> str:
    """Without line breaks of any kind: an empty line ends a cue."""
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
