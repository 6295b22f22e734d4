"""Reads the packets of several tracks of an open file side by side, to its end."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream

from playhead.transcription.damage import Holes
from playhead.transcription.faults import AudioError, AudioFault
from playhead.transcription.film import Film

AudioPacket: TypeAlias = "av.Packet[AudioStream]"  # PyAV's class is generic in its stubs only

MAX_READ_FAILURES = 100
"""Read errors in a row before reading stops; a demuxer that finds the next packet needs far fewer."""
MAX_WAITING_BYTES = 64 * 1024**2
"""Packets that wait for their turn, where one track is stored long before another: an hour of most formats."""
PACKET_BYTES = 1024
"""What a packet takes beside its content; hostile files have millions of a byte each."""


class Packets:
    """Reads the packets of several tracks once; those of a track wait while another one is asked for."""

    def __init__(self, container: InputContainer, streams: Sequence[AudioStream], film: Film | None) -> None:
        moving = film.track if film is not None else None
        tracks = [*streams, *([] if moving is None else [moving])]
        self.holes = Holes(container, {stream.index for stream in tracks})
        self.container = container
        self._film = film
        self._packets = self._sound_of(_read(container, tracks), film)
        self._waiting: dict[int, deque[AudioPacket]] = {stream.index: deque() for stream in streams}
        self._bytes = 0

    def of(self, stream: AudioStream) -> Iterator[AudioPacket]:
        waiting = self._waiting[stream.index]
        while True:
            while waiting:
                packet = waiting.popleft()
                self._bytes -= packet.size + PACKET_BYTES
                yield packet
            following = next(self._packets, None)
            if following is None:
                return
            # Not `stream_index`: that of the packets at the end, one for each decoder, is 0.
            self._waiting[following.stream.index].append(following)
            self._bytes += following.size + PACKET_BYTES
            if self._bytes > MAX_WAITING_BYTES:
                raise AudioError(AudioFault.UNREADABLE, "its tracks are stored too far apart")

    @property
    def film_s(self) -> float:
        """Where the last picture ends that was read; 0 without a film."""
        return self._film.end_s if self._film else 0.0

    def _sound_of(self, packets: "Iterator[av.Packet[Any]]", film: Film | None) -> Iterator[AudioPacket]:
        """Leaves the packets of the film to it."""
        for packet in packets:
            self.holes.packet(packet)
            if film is not None and film.track is not None and packet.stream.index == film.track.index:
                film.packet(packet)
            else:
                yield packet


def _read(container: InputContainer, streams: Sequence[Stream]) -> "Iterator[av.Packet[Any]]":
    """Yields every packet to the end of the file, and goes on after read errors."""
    failures = 0
    while failures < MAX_READ_FAILURES:
        try:
            for packet in container.demux(*streams):
                failures = 0
                yield packet
        except (FFmpegError, ValueError):
            failures += 1
        else:
            return
