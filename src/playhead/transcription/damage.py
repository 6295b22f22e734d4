"""Notices where sound of a track was lost, because a part of the file cannot be read, and how much.

A pause of a recorder leaves a gap in the times, too. It is a loss only if something else shows one: packets before it
that cannot be decoded, bytes that no packet has, or a format in which every sound says its place.
"""

import mmap
from bisect import bisect_right
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Disposition

from playhead.text import clock
from playhead.transcription.survey import SurveyWarning

LEAST_S = 0.5
"""Shorter losses are not reported: a word is longer."""
HOLE_BYTES = 1024
"""Bytes between two packets from which something may be missing there; the headers between them are shorter."""
GIVING_UP = frozenset({"wv", "tta"})
"""Demuxers that do not find the next block behind a damaged one. The headers of these formats count samples."""
UNREAD_BYTES = 4096
"""More than this at the end of such a file is rather sound than a tag."""
RECENT = 64
"""Packets before, between which the usual headers of a format are seen."""
UNTIMED_MAX_S = 600.0
"""The longest loss that is measured by bytes. More of them is rather something else behind a recording, such as an
archive."""
SEARCHED_BYTES = 64 * 1024**2
"""How far behind a broken place its end is looked for: an hour of most recordings."""
NO_PAUSES = frozenset({"flac", "ogg"})
"""Demuxers of formats whose times count samples: a gap is sound that is missing."""
UNTIMED = frozenset({"mp3", "aac", "ac3", "eac3", "dts", "dtshd", "truehd", "mlp"})
"""Demuxers of bare frames, which have no times: FFmpeg counts the frames that it finds."""
TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICSBEGIN")
"""What is between the frames of recordings that were joined, and is no sound."""
ADVICE = "If there is another copy, transcribe that."
"""What to do, where the file itself is damaged rather than its copy not complete."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Where sound was lost, in seconds of the recording; silence takes its place, except at the end."""

    at_s: float
    length_s: float
    is_cut: bool = False
    """Whether it is the end, which the file has not; no silence takes its place."""


class Holes:
    """Finds bytes that are in no packet of any track: the demuxer skipped them to find the next one.

    Only in a file that is read from its beginning to its end, every track of it.
    """

    def __init__(self, container: InputContainer, tracks: Collection[int]) -> None:
        """
        Args:
            tracks: the indices of the streams whose packets are read.
        """
        is_indexed = "mov" in container.format.name.split(",")
        self._is_whole = not is_indexed and all(
            stream.index in tracks or stream.disposition & Disposition.attached_pic for stream in container.streams
        )
        self._gives_up = container.format.name in GIVING_UP
        self._bytes: int = container.size or 0
        self.first: int | None = None
        """The position of the first packet."""
        self._end: int | None = None
        self._recent: deque[int] = deque(maxlen=RECENT)
        self._found: list[int] = []
        """The positions behind them."""

    def packet(self, packet: "av.Packet[Any]") -> None:
        """Notes the next packet of the file."""
        if self.first is None:
            self.first = packet.pos
        if not self._is_whole or packet.pos is None or not packet.size:
            return
        if self._end is not None:
            hole = max(0, packet.pos - self._end)
            if hole > HOLE_BYTES and hole > HOLE_BYTES + 2 * max(self._recent, default=0):
                self._found.append(packet.pos)
            self._recent.append(hole)
        self._end = packet.pos + packet.size

    @property
    def is_end_unread(self) -> bool:
        """Whether so much of the file follows the last packet that the demuxer must have given up."""
        return self._gives_up and self._end is not None and self._bytes - self._end > UNREAD_BYTES

    def are_between(self, first: int, last: int) -> bool:
        """Whether one is between two positions."""
        index = bisect_right(self._found, first)
        return index < len(self._found) and self._found[index] <= last


class Breaks:
    """Looks at each packet of a track, and knows what was broken since the last one with sound."""

    def __init__(self, path: Path, container: InputContainer, holes: Holes) -> None:
        names = set(container.format.name.split(","))
        self._untimed = bool(names & UNTIMED)
        self._no_pauses = bool(names & NO_PAUSES)
        self._positions = _Positions(path) if "aac" in names else None
        self._holes = holes
        self._position = self._sound_position = 0
        """In the file: of this packet, and of the last one with sound."""
        self._bytes, self._seconds = 0, 0.0
        self._broken_bytes = self._broken = 0
        self._is_tag = False
        self.broken_s = 0.0
        """The length of the packets that cannot be decoded since the last sound, as the container says it."""

    def packet(self, packet: "av.Packet[av.AudioStream]", seconds: float, *, is_broken: bool) -> None:
        """Notes a packet.

        Args:
            seconds: of sound in it.
            is_broken: whether it cannot be decoded.
        """
        self._position = packet.pos or 0
        if self._positions:
            self._broken_bytes += self._positions.skipped(packet, is_sound=seconds > 0)
        if not seconds and self._seconds and self._untimed and bytes(packet).startswith(TAGS):
            self._is_tag = True
        if not is_broken:
            self._bytes += packet.size
            self._seconds += seconds
        elif self._seconds:
            self._broken += 1
            self._broken_bytes += packet.size
            if packet.duration and packet.time_base and not self._untimed:
                self.broken_s += float(packet.duration * packet.time_base)

    @property
    def untimed_s(self) -> float:
        """How long what is broken before this packet was, by its bytes; 0 where there are times."""
        if not self._untimed or not self._broken or self._is_tag:
            return 0.0
        lost_s = self._broken_bytes * self._seconds / self._bytes
        return lost_s if lost_s <= UNTIMED_MAX_S else 0.0

    @property
    def explain_a_gap(self) -> bool:
        """Whether a gap before this packet is a loss."""
        is_hole = self._holes.are_between(self._sound_position, self._position)
        return self._seconds > 0 and (self._no_pauses or is_hole or (self._broken > 0 and not self._is_tag))

    def mend(self) -> None:
        """Forgets what was broken: there is sound again."""
        self._sound_position = self._position
        self._broken = self._broken_bytes = 0
        self.broken_s, self._is_tag = 0.0, False


class _Positions:
    """Finds packets of ADTS in their file: FFmpeg does not count the bytes that it skips between them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end: int | None = None
        """Where the last packet with sound ends."""
        self._between = 0
        """Bytes of the packets since then."""
        self._is_found = True

    def skipped(self, packet: "av.Packet[av.AudioStream]", *, is_sound: bool) -> int:
        """The bytes before this packet that are in no packet, if it is the first with sound after broken ones."""
        if self._end is None:
            self._end = packet.pos
        if self._end is None or not is_sound:
            self._between += packet.size
            return 0
        skipped = 0
        if self._between and self._is_found:
            with self._path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                begin = self._end + self._between
                found = content.find(bytes(packet), begin, begin + SEARCHED_BYTES)
            self._is_found = found >= 0  # else the positions are wrong, and each search goes far
            skipped = max(0, found - begin)
        self._end += self._between + skipped + packet.size
        self._between = 0
        return skipped


def warning(losses: Sequence[Loss], duration_s: float) -> SurveyWarning | None:
    """Describes the losses of a recording for people; None if they are too short."""
    lost_s = sum(loss.length_s for loss in losses)
    if lost_s < LEAST_S:
        return None
    lost, whole = clock(max(1.0, round(lost_s))), clock(round(max(duration_s, losses[-1].at_s + losses[-1].length_s)))
    if all(loss.is_cut for loss in losses):
        sentence = f"This file ends too early: the last {lost} of its {whole} cannot be read. Copy or export it again."
        return SurveyWarning(code="damaged", message=sentence)
    where = (
        f"at {clock(losses[0].at_s)}"
        if len(losses) == 1
        else f"in {len(losses)} places from {clock(losses[0].at_s)} on"
    )
    sentence = f"This file is damaged: {lost} of its {whole} cannot be read, {where}. All else is here. {ADVICE}"
    return SurveyWarning(code="damaged", message=sentence)
