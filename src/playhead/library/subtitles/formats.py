"""Writes cues as SRT and WebVTT."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from playhead.library.subtitles.cues import Cues
from playhead.library.subtitles.split import Cue
from playhead.library.subtitles.units import cleaned, columns
from playhead.sessions.models import Segment

RIGHT_TO_LEFT_MARK = "\u200f"
ARROW = re.compile(r"(?<=--)(?=>)")
HARMLESS = str.maketrans("<{}", "‹()")
"""SRT has no way to escape what players take for a tag, or for a command in braces, and hide."""


class Srt:
    """Writes SubRip. It has no voices, so a cue of a channel begins with the channel's name."""

    def __init__(self, *, language: str | None, duration_s: float | None) -> None:
        self._cues = Cues(language=language, duration_s=duration_s, lead=columns(channel_prefix(10, "")))
        self._count = 0

    def begin(self) -> str:
        return ""

    def add(self, segments: Sequence[Segment]) -> str:
        return self._written(self._cues.add([replace(it, text=_without_markup(it.text)) for it in segments]))

    def end(self) -> str:
        return self._written(self._cues.finish())

    def _written(self, cues: Iterable[Cue]) -> str:
        return "".join(self._lines(cues))

    def _lines(self, cues: Iterable[Cue]) -> Iterator[str]:
        for cue in cues:
            self._count += 1
            text = "\n".join(cue.lines)
            yield f"{self._count}\n{_span(cue, ',')}\n{channel_prefix(cue.channel, text)}{text}\n\n"


class Vtt:
    """Writes WebVTT, with the channel as the voice of a cue."""

    def __init__(self, *, language: str | None, duration_s: float | None) -> None:
        self._cues = Cues(language=language, duration_s=duration_s)

    def begin(self) -> str:
        return "WEBVTT\n\n"

    def add(self, segments: Sequence[Segment]) -> str:
        return "".join(map(_vtt, self._cues.add(segments)))

    def end(self) -> str:
        return "".join(map(_vtt, self._cues.finish()))


def channel_prefix(channel: int | None, text: str) -> str:
    """Makes what names the channel before a text; a mark keeps text from right to left in its direction."""
    if channel is None:
        return ""
    first = next((found for letter in text if (found := unicodedata.bidirectional(letter)) in ("L", "R", "AL")), "L")
    return f"{'' if first == 'L' else RIGHT_TO_LEFT_MARK}Channel {channel}: "


def _vtt(cue: Cue) -> str:
    text = "\n".join(cue.lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    voice = "" if cue.channel is None else f"<v Channel {cue.channel}>"
    return f"{_span(cue, '.')}\n{voice}{text}\n\n"


def _without_markup(text: str) -> str:
    return ARROW.sub(" ", cleaned(text)).translate(HARMLESS)


def _span(cue: Cue, point: str) -> str:
    return f"{_stamp(cue.start_ms, point)} --> {_stamp(cue.end_ms, point)}"


def _stamp(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{point}{rest:03}"
