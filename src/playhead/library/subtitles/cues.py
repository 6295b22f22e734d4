"""Makes cues of a stream of segments, and holds back only what the next segment may change."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from playhead.library.subtitles.breaks import cost
from playhead.library.subtitles.rules import CHAIN_MS, GAP_MS, LINE_COLUMNS, MOST_MS, PAUSE_MS
from playhead.library.subtitles.split import Cue, Unit, cue, split
from playhead.library.subtitles.times import Clock, Spoken
from playhead.library.subtitles.timing import timed
from playhead.library.subtitles.units import cleaned, columns, units
from playhead.sessions.models import Segment

RUN_UNITS = 200
"""Speech without a pause is split when it has so many units, ten cues or so; then only its last two may change."""
LONGEST_S = 359_999.0
"""The last second that a time of two digits an hour can name."""


@dataclass(slots=True)
class _Voice:
    """What is held back of one channel: units that are no cues yet, and the last cue, whose end depends on the next."""

    units: list[Unit] = field(default_factory=list)
    cue: Cue | None = None
    begins_ms: int = 0
    """When its next cue can begin, because the last one is still shown before."""

    def earliest(self, now_ms: int) -> int:
        """When the next cue that is not done yet begins, at the earliest."""
        if self.cue is not None:
            return self.cue.start_ms
        return max(self.units[0].start_ms, self.begins_ms) if self.units else now_ms


class Cues:
    """Turns segments into cues, in the order in which they are shown. Channels may overlap, a channel never does."""

    def __init__(self, *, language: str | None, duration_s: float | None, lead: int = 0) -> None:
        """Makes it.

        Args:
            language: code of the speech.
            duration_s: of the recording, in seconds; no cue goes beyond it.
            lead: columns that the name of a channel takes.
        """
        self._language = language
        self._duration_ms = int(min(duration_s, LONGEST_S) * 1000) if duration_s else None
        self._lead = lead
        self._now_ms = 0
        self._voices: dict[int | None, _Voice] = {}
        self._done: list[tuple[int, int, Cue]] = []
        self._count = 0

    def add(self, segments: Sequence[Segment]) -> Iterator[Cue]:
        """Takes the next segments, in order, and yields the cues that they cannot change any more."""
        for segment in segments:
            self._take(segment)
            yield from self._ready(min((voice.earliest(self._now_ms) for voice in self._voices.values()), default=0))

    def finish(self) -> Iterator[Cue]:
        """Yields the cues that were held back."""
        for channel, voice in self._voices.items():
            self._split(channel, voice)
            self._show(voice, None)
        yield from self._ready(None)

    def _take(self, segment: Segment) -> None:
        self._now_ms = max(self._now_ms, self._milliseconds(segment.start_s))
        text = cleaned(segment.text)
        if text:
            voice = self._voices.setdefault(segment.channel, _Voice())
            fresh = self._units(segment, text)
            if voice.units:
                voice.units[-1] = self._joined(voice.units[-1], fresh[0])
            voice.units += fresh
            if len(voice.units) >= RUN_UNITS:
                self._split(segment.channel, voice, held_back=2)
        for channel, voice in self._voices.items():
            if voice.units and self._now_ms >= voice.units[-1].end_ms + PAUSE_MS:
                self._split(channel, voice)
            if voice.cue and not voice.units and self._now_ms > voice.cue.start_ms + MOST_MS + GAP_MS + CHAIN_MS:
                self._show(voice, self._now_ms)

    def _units(self, segment: Segment, text: str) -> list[Unit]:
        start, end = self._now_ms, max(self._now_ms, self._milliseconds(segment.end_s))
        words = [
            Spoken(word.text, self._milliseconds(word.start_s), self._milliseconds(word.end_s))
            for word in segment.words
        ]
        clock = Clock(Spoken(text, start, end), words)
        lead = self._lead if segment.channel is not None else 0
        pieces = list(units(text, self._language, LINE_COLUMNS - lead))
        made: list[Unit] = []
        letters = 0
        for (piece, spaced), following in zip(pieces, [*pieces[1:], None], strict=True):
            weight = cost(piece, following[0], spaced=following[1], language=self._language) if following else 0.0
            begin, letters = letters, letters + len(piece)
            made.append(Unit(piece, columns(piece), spaced, *clock.span(begin, letters), weight))
        return made

    def _joined(self, unit: Unit, following: Unit) -> Unit:
        return replace(unit, weight=cost(unit.text, following.text, spaced=following.spaced, language=self._language))

    def _split(self, channel: int | None, voice: _Voice, held_back: int = 0) -> None:
        """Makes cues of the units, but of the last `held_back` cues."""
        lead = self._lead if channel is not None else 0
        begins = split(voice.units, lead)
        done = begins[: len(begins) - held_back] if held_back else begins
        ends = [*begins[1:], len(voice.units)]
        for begin, end in zip(done, ends, strict=False):
            fresh = cue(voice.units[begin:end], lead, channel)
            self._show(voice, fresh.start_ms)
            start = max(fresh.start_ms, voice.begins_ms)
            voice.cue = replace(fresh, start_ms=start, end_ms=max(start, fresh.end_ms))
        voice.units = voice.units[ends[len(done) - 1] :] if done else voice.units

    def _show(self, voice: _Voice, following_ms: int | None) -> None:
        if voice.cue is None:
            return
        done = timed(voice.cue, following_ms, self._duration_ms)
        voice.cue, voice.begins_ms = None, done.end_ms
        self._count += 1
        heapq.heappush(self._done, (done.start_ms, self._count, done))

    def _ready(self, until_ms: int | None) -> Iterator[Cue]:
        """The cues that begin before `until_ms`, all of them with None."""
        while self._done and (until_ms is None or self._done[0][0] <= until_ms):
            _, _, done = heapq.heappop(self._done)
            yield done

    def _milliseconds(self, seconds: float) -> int:
        """The time in the recording, whatever the number: what is beyond its end is at its end."""
        time = round(min(seconds, LONGEST_S) * 1000) if seconds > 0 else 0
        return time if self._duration_ms is None else min(time, self._duration_ms)
