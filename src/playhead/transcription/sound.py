"""Decodes the sound tracks of an open file side by side: packets, time, edits, and blocks of a second each."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from playhead.transcription import cutoff, edits
from playhead.transcription.damage import Breaks, Loss
from playhead.transcription.faults import AudioError, AudioFault
from playhead.transcription.film import Film
from playhead.transcription.mixer import SAMPLE_RATE, Mixer, Samples, blocks_of
from playhead.transcription.packets import AudioPacket, Packets

RATES = range(4_000, 384_000 + 1)
"""Accepted sample rates in Hz, telephone to studio. A header of 1 Hz would turn 32 kB into hours."""
CHANNELS = range(1, 32 + 1)
"""Accepted numbers of channels, up to the largest field recorders."""
MAX_PACKET_BYTES = 16 * 1024**2
"""Larger packets are skipped. Real ones hold well under a second; decoding a giant one would take many times its size
in memory."""
MAX_UNDECODABLE_PACKETS = 50_000
"""Packets at the start that decode to nothing before the track counts as damaged: two seconds of work, and a quarter of
an hour of most formats."""
PROGRESS_S = 60
"""Seconds of sound between two calls of `on_progress`: less than a second of work, in slow formats too."""
MIN_GAP_S = 0.1
"""Smaller gaps are ignored: timestamps are rounded to milliseconds and jitter by a packet or two."""
MAX_GAP_S = 600.0
"""A larger jump of the timestamps is a broken clock and is ignored, where the container states no duration that holds
it. Smaller ones are pauses of a recorder, or lost data. A jump back is always ignored: a second recording begins."""
END_S = 1.0
"""Tolerance at the end of the duration that the container states: it may be rounded to a second."""


@dataclass(slots=True)
class Notes:
    """What is found out about a file while it is decoded to its end."""

    losses: dict[int, list[Loss]] = field(default_factory=dict)
    """Of each track: where sound was lost."""
    film_s: float = 0.0
    """The length of the picture; 0 if there is none."""


def seconds_of(
    path: Path,
    container: InputContainer,
    tracks: Mapping[int, AudioStream],
    *,
    max_s: float,
    on_progress: Callable[[], object],
    notes: "Notes | None" = None,
) -> Iterator[dict[int, Samples]]:
    """Decodes tracks to their end, second by second.

    Args:
        notes: what was found out on the way is added to them.

    Yields:
        For each track that has not ended a block of a row for each channel, of `BLOCK` samples or at the end fewer.

    Raises:
        AudioError: it is too long, or there is no sound in any of the tracks.
    """
    film = None if notes is None else Film(path, container, _origin_s(container) or 0.0)
    packets = Packets(container, tuple(tracks.values()), film)
    sounds: dict[int, Iterator[Samples]] = {}
    for index, stream in tracks.items():
        cuts = edits.read(path, stream.id) if "mov" in container.format.name.split(",") else ()
        lost = [] if notes is None else notes.losses.setdefault(index, [])
        clock = _Clock(container, cuts, max_s, on_progress)
        sound = _sound(path, packets, stream, clock, Breaks(path, container, packets.holes), lost)
        sounds[index] = blocks_of(_edited(sound, cuts, max_s) if cuts else sound)
    faults: list[AudioError] = []
    is_any = False
    while sounds:
        second = {}
        for index, sound in list(sounds.items()):
            try:
                block = next(sound, None)
            except AudioError as error:
                if error.code not in (AudioFault.EMPTY, AudioFault.DAMAGED):
                    raise
                faults.append(error)
                block = None
            if block is None:
                del sounds[index]
            else:
                second[index] = block
        if second:
            is_any = True
            yield second
    if faults and not is_any:
        raise faults[0]
    if notes is not None and film is not None and film.length_s <= max_s:
        notes.film_s = film.length_s


def check(rate: int, channels: int) -> None:
    """Raises AudioError for a rate or a number of channels that no recording has."""
    if rate not in RATES or channels not in CHANNELS:
        raise AudioError(AudioFault.UNREADABLE, f"{rate} Hz, {channels} channels")


def _sound(
    path: Path, packets: Packets, stream: AudioStream, clock: "_Clock", breaks: Breaks, losses: list[Loss]
) -> Iterator[Samples]:
    mixer = Mixer(stream.codec_context.layout.nb_channels)
    decoded = count = 0
    for packet in packets.of(stream):
        frames, is_broken = _frames(packet)
        seconds = sum(frame.samples / frame.sample_rate for frame in frames if frame.sample_rate)
        breaks.packet(packet, seconds, is_broken=is_broken)
        decoded += len(frames)
        count += packet.size > 0
        if not decoded and count > MAX_UNDECODABLE_PACKETS:
            break
        for frame in frames:
            check(frame.sample_rate, frame.layout.nb_channels)
            before_s = clock.now_s
            if clock.jump(frame.time, breaks.untimed_s):
                if breaks.explain_a_gap:
                    losses.append(Loss(before_s, clock.now_s - before_s))
                yield from mixer.flush()
                yield from mixer.pad_until(clock.now_s)
            breaks.mend()
            clock.advance(frame.samples / frame.sample_rate)
            yield from mixer.push(frame)
    yield from mixer.flush()
    rest = _rest(path, packets, clock) if mixer.done else None
    is_broken_to_end = rest is None or clock.left_s - breaks.broken_s <= END_S
    if mixer.done and is_broken_to_end and MIN_GAP_S < breaks.broken_s <= clock.left_s + END_S:
        losses.append(Loss(clock.now_s, breaks.broken_s))
        clock.advance(breaks.broken_s)
        yield from mixer.pad_until(clock.now_s)
    elif rest is not None:
        losses.append(rest)
    if not mixer.done and not count:
        raise AudioError(AudioFault.EMPTY, "no packets")
    if not mixer.done:
        raise AudioError(AudioFault.DAMAGED, f"{count} packets, none of them decodable")


def _rest(path: Path, packets: Packets, clock: "_Clock") -> Loss | None:
    """What is missing behind the last packet, if that is more than `END_S`."""
    read_s = max(clock.now_s, packets.film_s)
    left_s = clock.now_s + clock.left_s - read_s
    if packets.holes.is_end_unread and left_s > END_S:
        return Loss(read_s, left_s)
    missing_s = cutoff.rest_s(path, packets.container, packets.holes.first, clock.now_s, left_s)
    return Loss(read_s, missing_s, is_cut=True) if missing_s > END_S else None


def _edited(sound: Iterator[Samples], cuts: Sequence[edits.Edit], max_s: float) -> Iterator[Samples]:
    done = 0
    for block in edits.play(sound, cuts):
        done += block.shape[1]
        if done > max_s * SAMPLE_RATE:  # silence between edits, which the clock does not count
            raise _too_long(max_s)
        yield block
    if not done:
        raise AudioError(AudioFault.EMPTY, f"{len(cuts)} edits leave nothing")


def _too_long(max_s: float) -> AudioError:
    return AudioError(AudioFault.TOO_LONG, f"over {max_s:.0f} s")


def _frames(packet: AudioPacket) -> tuple[list[av.AudioFrame], bool]:
    """Decodes a packet; True if it is broken, and so has no frames."""
    if packet.size > MAX_PACKET_BYTES:
        return [], True
    try:
        return packet.decode(), False
    except (FFmpegError, ValueError):
        return [], True


def _origin_s(container: InputContainer) -> float | None:
    """The time in the container that a player shows as 0:00; None: that of the first sound."""
    start, stated = container.start_time, container.duration
    if start and stated and "matroska" in container.format.name and 0 < start < stated:
        start = 0
    return None if start is None else start / av.time_base


class _Clock:
    """The position of the next sound, from its timestamps where they are plausible.

    A player shows the container's start time as 0:00, so the position counts from there, with two exceptions. With an
    edit list it counts from the beginning of the track. In Matroska timestamps count from the beginning of the file,
    and the duration includes what is before the first of them.

    Where packets and container contradict each other, a jump ahead of up to `MAX_GAP_S` counts whatever the container
    states. A longer one counts if it ends within the stated duration, and otherwise moves the origin.
    """

    def __init__(
        self,
        container: InputContainer,
        cuts: Sequence[edits.Edit],
        max_s: float,
        on_progress: Callable[[], object],
    ) -> None:
        self.now_s = 0.0
        self._origin_s = 0.0 if cuts else _origin_s(container)
        self._stated_s = (container.duration or 0) / av.time_base
        self._max_s = max_s
        self._on_progress = on_progress

    def jump(self, at_s: float | None, lost_s: float = 0.0) -> bool:
        """Takes the timestamp of the next sound; True if there is silence before it.

        Args:
            lost_s: how long what was lost before it is, where the timestamps do not count that.
        """
        if lost_s > MIN_GAP_S:
            self.advance(lost_s)
            if at_s is not None:
                self._origin_s = at_s - self.now_s
            return True
        if at_s is None:
            return False
        if self._origin_s is None:
            self._origin_s = at_s
        ahead_s = at_s - self._origin_s - self.now_s
        if not math.isclose(ahead_s, 0, abs_tol=MIN_GAP_S):
            if ahead_s > 0 and (ahead_s <= MAX_GAP_S or self.now_s + ahead_s <= self._stated_s + END_S):
                self.advance(ahead_s)
                return True
            self._origin_s += ahead_s
        return False

    @property
    def left_s(self) -> float:
        """How much sound is to follow, by the length that the container states."""
        return self._stated_s - self.now_s

    def advance(self, seconds: float) -> None:
        before_s, self.now_s = self.now_s, self.now_s + max(0.0, seconds)
        if self.now_s > self._max_s:
            raise _too_long(self._max_s)
        if self.now_s // PROGRESS_S != before_s // PROGRESS_S:
            self._on_progress()
