"""Decodes untrusted audio and video files to mono 16 kHz blocks, in memory that does not grow with the length.

Headers lie, packets are broken, and some "audio files" are playlists that point at other files or at the
network. So only listed containers and codecs are opened, only from the local disk, and lengths are counted, not read
from headers. A hostile file can still use any memory and time inside FFmpeg, so workers run this in a process with
limits: see `decoder`. Slightly over 300 lines: the defences belong together.
"""

import math
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from playhead.transcription import edits
from playhead.transcription.mixer import BLOCK, SAMPLE_RATE, Mixer, Samples

_Packet: TypeAlias = "av.Packet[AudioStream]"  # PyAV's class is generic in its stubs only

MAX_S = 12 * 3600.0
"""Default for the longest recording; the same as that of the setting `max_audio_s`."""

CONTAINERS = "wav,mp3,mov,mp4,m4a,3gp,ogg,flac,matroska,webm,aac,aiff,asf,caf"
"""Containers that are opened. None can refer to another file: hls, concat, sdp and dash are left out."""
CODECS = (
    "aac,aac_latm,ac3,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,alac,amrnb,amrwb,eac3,flac,libopus,mp1,mp1float,"
    "mp2,mp2float,mp3,mp3float,opus,pcm_alaw,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_mulaw,pcm_s16be,"
    "pcm_s16le,pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,pcm_s8,pcm_u8,speex,vorbis,wmalossless,wmapro,wmav1,"
    "wmav2,wmavoice"
)
"""FFmpeg's decoders for what phones, recorders and browsers make. It has hundreds more, rarely reviewed, and
would run those for video just to read the size of a picture."""
RATES = range(4_000, 384_000 + 1)
"""Accepted sample rates in Hz, telephone to studio. A header of 1 Hz would turn 32 kB into hours."""
CHANNELS = range(1, 32 + 1)
"""Accepted numbers of channels, up to the largest field recorders."""
MAX_PACKET_BYTES = 16 * 1024**2
"""Larger packets are skipped. Real ones hold well under a second; decoding a giant one would take many times its size
in memory."""
MAX_PACKET_S = 60.0
"""A longer packet counts as 0 s: FFmpeg itself makes up such lengths in broken files."""
MAX_READ_FAILURES = 100
"""Read errors in a row before reading stops; a demuxer that finds the next packet needs far fewer."""
MAX_UNDECODABLE_PACKETS = 50_000
"""Packets at the start that decode to nothing before the file counts as damaged: two seconds of work, and a quarter of
an hour of most formats."""
PROGRESS_S = 60
"""Seconds of sound between two calls of `on_progress`: less than a second of work, in slow formats too."""
PROGRESS_SAMPLES = PROGRESS_S * SAMPLE_RATE
MIN_GAP_S = 0.1
"""Smaller gaps are ignored: timestamps are rounded to milliseconds and jitter by a packet or two."""
MAX_GAP_S = 600.0
"""A larger jump, or one back, is a broken clock and is ignored. Smaller ones are pauses of a recorder, or lost data."""

# PyAV below 19 fails on tags that are not UTF-8 without this argument; from 19 on it has no such argument.
_LENIENT: dict[str, Any] = {} if int(av.__version__.partition(".")[0]) >= 19 else {"metadata_errors": "ignore"}


class AudioFault(StrEnum):
    """The codes of what is wrong with a file; clients see them, so they do not change."""

    UNREADABLE = "unreadable"
    NO_AUDIO = "no_audio"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    DAMAGED = "damaged"


SENTENCES = {
    AudioFault.UNREADABLE: "This is not an audio or video file in a format that can be read here.",
    AudioFault.NO_AUDIO: "This file has no sound track.",
    AudioFault.EMPTY: "This file is empty: there is no sound in it.",
    AudioFault.TOO_LONG: "This recording is longer than is allowed here.",
    AudioFault.DAMAGED: "This file is damaged: its sound cannot be decoded.",
}


class AudioError(Exception):
    """The file cannot be transcribed, and a retry will not help.

    Attributes:
        detail: the sentence for people.
        evidence: for the log; it may quote the file's headers, but holds no path.
    """

    def __init__(self, code: AudioFault, evidence: str = "") -> None:
        self.code = code
        self.detail = SENTENCES[code]
        self.evidence = evidence
        super().__init__(f"{self.detail} ({evidence})" if evidence else self.detail)


def probe(path: Path, *, max_s: float = MAX_S, on_progress: Callable[[], object] = lambda: None) -> float:
    """Measures a file's duration in seconds from its packets; decodes only until the first samples.

    The length in the headers is not used: that of a truncated file is too large.

    Args:
        max_s: the longest recording accepted, in seconds.
        on_progress: called every `PROGRESS_S` of sound; an exception it raises ends the probe.

    Raises:
        AudioError: the file is not usable; its code is the reason.
        FileNotFoundError: there is no such file.
    """
    with _opened(path) as (container, stream):
        cuts = _edits(path, container, stream)
        clock = _Clock(0.0 if cuts else _origin_s(container), max_s, on_progress)
        decoded = packets = 0
        for packet in _packets(container, stream):
            decoded = decoded or sum(frame.samples for frame in _frames(packet))
            packets += packet.size > 0
            if not decoded and packets > MAX_UNDECODABLE_PACKETS:
                break
            if packet.size:
                clock.jump(None if packet.pts is None else float(packet.pts * packet.time_base))
                seconds = float((packet.duration or 0) * packet.time_base)
                clock.advance(seconds if seconds <= MAX_PACKET_S else 0.0)
        if not decoded:
            raise _nothing_decoded(packets)
        seconds = edits.length_s(clock.now_s, cuts) if cuts else clock.now_s
        if cuts and not seconds:
            raise _all_cut(cuts)
        if seconds > max_s:
            raise _too_long(max_s)
        return round(seconds, 3)


def blocks(
    path: Path, start_at: float = 0.0, *, max_s: float = MAX_S, on_progress: Callable[[], object] = lambda: None
) -> Generator[Samples]:
    """Decodes a file from `start_at` seconds on, in blocks of at most `BLOCK` samples.

    Always decodes from the beginning and drops the samples before `start_at`: with a broken clock the position of a
    sound depends on all before it, and a seek would land on other samples. Decoding runs at some 1000 times the speed
    of speech, so that is cheap beside transcribing.

    Args:
        start_at: seconds from the start of the recording.
        max_s: the longest recording accepted, in seconds.
        on_progress: called every `PROGRESS_S` of sound; an exception it raises ends the decoding.

    Yields:
        Blocks of samples, in order. Before `start_at` an empty block comes every `PROGRESS_S`, so that the caller can
        stop. Closing the generator closes the file.

    Raises:
        AudioError: as `probe`; a file that is too long or damaged raises it after some blocks.
        FileNotFoundError: there is no such file.
    """
    skip = round(start_at * SAMPLE_RATE)
    done = 0
    with _opened(path) as (container, stream):
        cuts = _edits(path, container, stream)
        sound = _sound(container, stream, _Clock(0.0 if cuts else _origin_s(container), max_s, on_progress))
        for block in edits.play(sound, cuts) if cuts else sound:
            begin, done = done, done + block.size
            if done > max_s * SAMPLE_RATE + BLOCK:  # silence between edits, which the clock does not count
                raise _too_long(max_s)
            if done > skip:
                yield block[max(0, skip - begin) :]
            elif done // PROGRESS_SAMPLES != begin // PROGRESS_SAMPLES:
                yield block[:0]
        if cuts and not done:
            raise _all_cut(cuts)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, AudioStream]]:
    """Opens a file and its best audio track. By path, because with a file object a playlist could use the network."""
    if not path.is_file():
        raise FileNotFoundError(path)
    if not path.stat().st_size:
        raise AudioError(AudioFault.EMPTY, "0 bytes")
    options = {
        "format_whitelist": CONTAINERS,
        "codec_whitelist": CODECS,
        "protocol_whitelist": "file",
        "ignore_editlist": "1",  # see `edits`
    }
    try:
        container = av.open(str(path.absolute()), options=options, **_LENIENT)
    except (FFmpegError, ValueError) as error:
        raise AudioError(AudioFault.UNREADABLE, type(error).__name__) from error
    with container:
        stream = container.streams.best("audio")
        if not isinstance(stream, AudioStream):
            raise AudioError(AudioFault.NO_AUDIO if container.streams else AudioFault.UNREADABLE)
        codec = stream.codec_context
        if codec is None or codec.name not in CODECS.split(","):
            raise AudioError(AudioFault.UNREADABLE, f"no decoder for {codec and codec.name}")
        _check(codec.sample_rate, codec.layout.nb_channels)
        yield container, stream


def _check(rate: int, channels: int) -> None:
    if rate not in RATES or channels not in CHANNELS:
        raise AudioError(AudioFault.UNREADABLE, f"{rate} Hz, {channels} channels")


def _too_long(max_s: float) -> AudioError:
    return AudioError(AudioFault.TOO_LONG, f"over {max_s:.0f} s")


def _all_cut(cuts: tuple[edits.Edit, ...]) -> AudioError:
    return AudioError(AudioFault.EMPTY, f"{len(cuts)} edits leave nothing")


def _nothing_decoded(packets: int) -> AudioError:
    """The error for a file with an audio track of which nothing was decoded."""
    if not packets:
        return AudioError(AudioFault.EMPTY, "no packets")
    return AudioError(AudioFault.DAMAGED, f"{packets} packets, none of them decodable")


def _packets(container: InputContainer, stream: AudioStream) -> Iterator[_Packet]:
    """Yields every packet to the end of the file, and goes on after read errors."""
    failures = 0
    while failures < MAX_READ_FAILURES:
        try:
            for packet in container.demux(stream):
                failures = 0
                yield packet
        except (FFmpegError, ValueError):
            failures += 1
        else:
            return


def _frames(packet: _Packet) -> list[av.AudioFrame]:
    """Decodes a packet; a broken one gives no frames."""
    if packet.size > MAX_PACKET_BYTES:
        return []
    try:
        return packet.decode()
    except (FFmpegError, ValueError):
        return []


def _origin_s(container: InputContainer) -> float | None:
    """The container's start time, which a player shows as 0:00."""
    return None if container.start_time is None else container.start_time / av.time_base


def _edits(path: Path, container: InputContainer, stream: AudioStream) -> tuple[edits.Edit, ...]:
    return edits.read(path, stream.id) if "mov" in container.format.name.split(",") else ()


def _sound(container: InputContainer, stream: AudioStream, clock: "_Clock") -> Iterator[Samples]:
    mixer = Mixer()
    decoded = packets = 0
    for packet in _packets(container, stream):
        frames = _frames(packet)
        decoded += len(frames)
        packets += packet.size > 0
        if not decoded and packets > MAX_UNDECODABLE_PACKETS:
            break
        for frame in frames:
            _check(frame.sample_rate, frame.layout.nb_channels)
            if clock.jump(frame.time):
                yield from mixer.flush()
                yield from mixer.pad_until(clock.now_s)
            clock.advance(frame.samples / frame.sample_rate)
            yield from mixer.push(frame)
    yield from mixer.flush()
    if not mixer.done:
        raise _nothing_decoded(packets)


class _Clock:
    """The position of the next sound, from its timestamps where they are plausible."""

    def __init__(self, origin_s: float | None, max_s: float, on_progress: Callable[[], object]) -> None:
        self.now_s = 0.0
        self._origin_s = origin_s
        self._max_s = max_s
        self._on_progress = on_progress

    def jump(self, at_s: float | None) -> bool:
        """Takes the timestamp of the next sound; True if there is silence before it."""
        if at_s is None:
            return False
        if self._origin_s is None:
            self._origin_s = at_s
        ahead_s = at_s - self._origin_s - self.now_s
        if not math.isclose(ahead_s, 0, abs_tol=MIN_GAP_S):
            if 0 < ahead_s <= MAX_GAP_S:
                self.advance(ahead_s)
                return True
            self._origin_s += ahead_s
        return False

    def advance(self, seconds: float) -> None:
        before_s, self.now_s = self.now_s, self.now_s + max(0.0, seconds)
        if self.now_s > self._max_s:
            raise _too_long(self._max_s)
        if self.now_s // PROGRESS_S != before_s // PROGRESS_S:
            self._on_progress()
