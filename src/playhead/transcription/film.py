"""Finds out how long the picture of a video is: players show that as its length, where the sound ends before it."""

from collections.abc import Sequence
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from playhead.transcription import edits

TOLERANCE_S = 1.0
"""By how much the last picture may end after the length that the container states, which may be rounded to a second."""


class Film:
    """The first picture track of a file, of which packets are looked at and none is decoded.

    Its length counts only where the packets and the container agree: each alone may lie.
    """

    def __init__(self, path: Path, container: InputContainer, origin_s: float) -> None:
        """
        Args:
            origin_s: the time in the container that a player shows as 0:00.
        """
        moving = (stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic)
        self.track: VideoStream | None = next(moving, None)
        self._stated_s = (container.duration or 0) / av.time_base
        self.end_s = 0.0
        """Where the last picture ends that was read."""
        is_mov = "mov" in container.format.name.split(",")
        self._cuts: Sequence[edits.Edit] = edits.read(path, self.track.id) if is_mov and self.track else ()
        self._origin_s = 0.0 if self._cuts else origin_s

    def packet(self, packet: "av.Packet[VideoStream]") -> None:
        """Notes a packet of the track."""
        if packet.pts is not None and packet.time_base:
            end = packet.pts + (packet.duration or 0)
            self.end_s = max(self.end_s, float(end * packet.time_base) - self._origin_s)

    @property
    def length_s(self) -> float:
        """How long the picture is; 0 if there is none, or nobody knows."""
        shown_s = self.end_s
        if self._cuts:
            shown_s = sum(
                min(cut.length_s, max(0.0, self.end_s - cut.start_s) if cut.start_s is not None else cut.length_s)
                for cut in self._cuts
            )
        return shown_s if shown_s <= self._stated_s + TOLERANCE_S else 0.0
