"""Writes a transcript as plain text: in paragraphs, or with a line for each segment."""

from collections.abc import Sequence

from playhead.library.subtitles.breaks import is_sentence
from playhead.library.subtitles.formats import channel_prefix
from playhead.library.subtitles.units import cleaned, is_spaceless
from playhead.sessions.models import Segment

PAUSE_S = 2.0
"""A pause that begins a paragraph: between the sentences of a talk they are mostly under 1 s."""
LETTERS = 500
"""A paragraph ends with the next sentence after so many: half a minute of speech, six lines on paper."""
MOST_LETTERS = 1_000
"""A paragraph ends with the next segment after so many: some speech has no punctuation."""


class Paragraphs:
    """Writes paragraphs: one ends at a pause, where it is long, and where another channel speaks."""

    def __init__(self) -> None:
        self._last: Segment | None = None
        self._end_s = 0.0
        self._letters = 0
        self._tail = ""

    def begin(self) -> str:
        return ""

    def add(self, segments: Sequence[Segment]) -> str:
        return "".join(self._written(segment, text) for segment in segments if (text := cleaned(segment.text)))

    def end(self) -> str:
        return "\n" if self._last else ""

    def _written(self, segment: Segment, text: str) -> str:
        before = self._before(segment, text)
        self._letters = len(text) + (self._letters if len(before) < 2 else 0)
        self._last, self._tail = segment, text[-8:]
        self._end_s = max(self._end_s, segment.end_s)
        return before + text

    def _before(self, segment: Segment, text: str) -> str:
        """What comes before the text: a new paragraph, or the space between two words."""
        prefix = channel_prefix(segment.channel, text)
        if self._last is None:
            return prefix
        if (
            segment.channel != self._last.channel
            or segment.start_s - self._end_s >= PAUSE_S
            or self._letters >= (LETTERS if is_sentence(self._tail) else MOST_LETTERS)
        ):
            return f"\n\n{prefix}"
        return "" if is_spaceless(self._tail[-1]) and is_spaceless(text[0]) else " "


class Lines:
    """Writes a line for each segment."""

    def begin(self) -> str:
        return ""

    def add(self, segments: Sequence[Segment]) -> str:
        return "".join(
            f"{channel_prefix(segment.channel, text)}{text}\n"
            for segment in segments
            if (text := cleaned(segment.text))
        )

    def end(self) -> str:
        return ""
