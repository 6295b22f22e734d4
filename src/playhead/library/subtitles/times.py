"""Finds when each unit of a segment is spoken."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from playhead.library.subtitles.units import cleaned, columns

SLOWEST = 4
"""Columns a second of slow speech, a quarter of the usual speed. What takes longer has a pause in it, and where that is
nobody knows: the text is taken to come before it."""
LEAST_MS = 1_000
"""A short word may be drawn out so long."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch of speech: its text, and when it begins and ends."""

    text: str
    start_ms: int
    end_ms: int


class Clock:
    """Finds when letters of a text are spoken: within a word, or the whole text, by their count without spaces."""

    def __init__(self, whole: Spoken, words: Sequence[Spoken] = ()) -> None:
        """Makes it.

        Args:
            whole: the text, cleaned, and its times.
            words: its words in order; they are left out where they are not those of the text.
        """
        texts = [cleaned(word.text).replace(" ", "") for word in words]
        if "".join(texts) == whole.text.replace(" ", ""):
            parts = [Spoken(text, word.start_ms, word.end_ms) for text, word in zip(texts, words, strict=True) if text]
        else:
            parts = []
        self._parts = parts or [Spoken(whole.text.replace(" ", ""), whole.start_ms, whole.end_ms)]
        self._begins: list[int] = []
        self._times: list[tuple[int, int]] = []
        letters, now = 0, whole.start_ms
        for part in self._parts:
            begin = min(max(now, part.start_ms), whole.end_ms)
            longest = max(LEAST_MS, columns(part.text) * 1000 // SLOWEST)
            end = min(max(begin, part.end_ms), whole.end_ms, begin + longest)
            self._begins.append(letters)
            self._times.append((begin, end))
            letters, now = letters + len(part.text), begin
        self._letters = letters

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """Returns when the letters from `begin` up to `end` are spoken, in ms."""
        first, last = self._at(begin, begin), self._at(end, end - 1)
        return first, max(first, last)

    def _at(self, position: int, letter: int) -> int:
        index = bisect_right(self._begins, letter) - 1
        begin, end = self._times[index]
        return begin + (end - begin) * (position - self._begins[index]) // max(1, len(self._parts[index].text))
