"""Writes audio and video files for tests, valid and hostile ones."""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from playhead.transcription.audio import blocks, survey
from playhead.transcription.mixer import SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Format:
    container: str
    codec: str
    rate: int = 48_000
    layout: str = "mono"
    video: bool = False
    bit_rate: int = 0
    """0: the encoder's own."""


FORMATS = {
    "speech.mp3": Format("mp3", "libmp3lame", 44_100, "stereo"),
    "speech.m4a": Format("ipod", "aac", 44_100),
    "speech.aac": Format("adts", "aac", 44_100),
    "speech.ogg": Format("ogg", "vorbis", 44_100, "stereo"),
    "speech.opus": Format("ogg", "libopus"),
    "speech.flac": Format("flac", "flac", 44_100),
    "speech.wav": Format("wav", "pcm_s16le", 8_000),
    "speech-float.wav": Format("wav", "pcm_f32le", 96_000, "5.1"),
    "speech.webm": Format("webm", "libopus"),
    "speech.mp4": Format("mp4", "aac", video=True),
    "speech.mkv": Format("matroska", "flac", video=True),
    "speech.avi": Format("avi", "libmp3lame", 16_000, video=True),
    "speech.flv": Format("flv", "libmp3lame", 44_100),
    "speech-nellymoser.flv": Format("flv", "nellymoser", 16_000),
    "speech-adpcm.flv": Format("flv", "adpcm_swf", 22_050),
    "speech.ts": Format("mpegts", "aac", video=True),
    "speech-disc.m2ts": Format("mpegts", "pcm_bluray", layout="stereo"),
    "speech.mpg": Format("mpeg", "mp2", video=True),
    "speech-disc.vob": Format("vob", "pcm_dvd", layout="stereo"),
    "speech.au": Format("au", "pcm_s16be", 16_000),
    "speech.w64": Format("w64", "pcm_s16le", 16_000),
    "speech.wv": Format("wv", "wavpack", 16_000),
    "speech.tta": Format("tta", "tta", 16_000),
    "speech.ac3": Format("ac3", "ac3"),
    "speech.eac3": Format("eac3", "eac3"),
    "speech-g722.wav": Format("wav", "g722", 16_000),
    "speech-g723.wav": Format("wav", "g723_1", 8_000, bit_rate=6_300),
    "speech-g726.wav": Format("wav", "g726", 8_000),
    "speech-g726.au": Format("au", "g726le", 8_000),
    "speech-yamaha.wav": Format("wav", "adpcm_yamaha", 16_000),
}


def samples_of(path: Path) -> NDArray[np.float32]:
    """What is heard of a file, as one sound."""
    (voice,) = survey(path).voices
    (sound,) = np.concatenate(list(blocks(path, heard=[voice])), axis=1)
    return np.asarray(sound, np.float32)


def encode(samples: NDArray[np.float32], path: Path, form: Format | None = None) -> Path:
    """Encodes samples to a file, in the format of its name unless another is given."""
    return tracks([samples], path, form)


def tracks(sounds: Sequence[NDArray[np.float32]], path: Path, form: Format | None = None, film_s: float = 0.0) -> Path:
    """Encodes one sound track for each of the sounds, and a picture of `film_s`, or as long as they are."""
    form = form or FORMATS[path.name]
    with av.open(str(path), "w", format=form.container) as container:
        streams = [container.add_stream(form.codec, rate=form.rate, layout=form.layout) for _ in sounds]
        if form.bit_rate:
            for stream in streams:
                stream.codec_context.bit_rate = form.bit_rate
        if form.video:
            _film(container, seconds=film_s or max(samples.size for samples in sounds) / SAMPLE_RATE)
        for stream, samples in zip(streams, sounds, strict=True):
            assert isinstance(stream, av.AudioStream)
            stream.codec_context.options = {"strict": "experimental"}  # FFmpeg's own Vorbis calls itself that
            frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), "flt", "mono")
            frame.sample_rate = SAMPLE_RATE
            frame.pts, frame.time_base = 0, Fraction(1, SAMPLE_RATE)
            for part in [*_converted(frame, stream), None]:
                container.mux(stream.encode(part))
    return path


def without_decoder(path: Path, track: int) -> Path:
    """Changes the codec of an MP4's AAC track, counted from 0, to one that nothing decodes."""
    data = path.read_bytes()
    entries = [found.start() for found in re.finditer(rb"stsd.{12}(?=mp4a)", data, re.DOTALL)]
    begin = entries[track] + 16
    rest = data[begin + 4 :].replace(b"esds", b"free", 1)  # its box has the number of the codec
    path.write_bytes(data[:begin] + b"apac" + rest)
    return path


def _converted(frame: av.AudioFrame, stream: av.AudioStream) -> list[av.AudioFrame]:
    context = stream.codec_context
    size = context.frame_size or 1024
    resampler = av.AudioResampler(context.format, context.layout, context.rate, frame_size=size)
    return [part for part in [*resampler.resample(frame), *resampler.resample(None)] if part is not None]


def _film(container: av.container.OutputContainer, seconds: float) -> None:
    """Adds a video track: a grey picture, twice a second."""
    stream = container.add_stream("mpeg4", rate=2)
    stream.width = stream.height = 64
    stream.pix_fmt = "yuv420p"
    grey = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 128, np.uint8), "rgb24")
    for n in range(round(seconds * 2)):
        grey.pts = n
        container.mux(stream.encode(grey))
    container.mux(stream.encode(None))


def bare(path: Path) -> bytes:
    """The frames of an MP3 or ADTS file, without a tag in front."""
    data = path.read_bytes()
    return data[data.index(b"\xff\xfb" if path.suffix == ".mp3" else b"\xff\xf1") :]


def video_only(path: Path) -> Path:
    with av.open(str(path), "w", format="mp4") as container:
        _film(container, seconds=3)
    return path


def wav(path: Path, samples: NDArray[np.generic], rate: int = SAMPLE_RATE, tags: bytes = b"") -> Path:
    """Writes a PCM WAV without a library, so that its header may be false.

    Args:
        samples: shape (frames, channels); floats stay floats.
    """
    channels, width = samples.shape[1], samples.itemsize
    code = 3 if samples.dtype.kind == "f" else 1
    head = struct.pack("<HHIIHH", code, channels, rate, rate * channels * width, channels * width, 8 * width)
    chunks = [(b"fmt ", head), (b"LIST", tags), (b"data", samples.tobytes())]
    body = b"WAVE" + b"".join(
        name + struct.pack("<I", len(data)) + data for name, data in chunks if data or name == b"data"
    )
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def flipped(source: Path, path: Path, flips: int = 400) -> Path:
    """Copies a file with `flips` bytes inverted after the header, at random offsets that are the same each time."""
    data = bytearray(source.read_bytes())
    for offset in np.random.default_rng(1).integers(2_000, len(data), flips):
        data[offset] ^= 0xFF
    path.write_bytes(data)
    return path


def truncated(source: Path, path: Path, share: float = 0.5) -> Path:
    data = source.read_bytes()
    path.write_bytes(data[: round(len(data) * share)])
    return path


def packets(path: Path, at_s: list[float], seconds: float = 0.02, *, live: bool = False) -> Path:
    """Writes a Matroska file of tones, with a packet of `seconds` at each of the given times.

    Args:
        live: states no duration, as a stream that was saved.
    """
    with av.open(str(path), "w", format="matroska", options={"live": "1"} if live else {}) as container:
        stream = container.add_stream("pcm_s16le", rate=SAMPLE_RATE, layout="mono")
        size = round(seconds * SAMPLE_RATE)
        tone = (np.sin(np.arange(size) / 5) * 8000).astype("<i2").tobytes()
        for second in at_s:
            packet = av.Packet(tone)
            packet.stream = stream
            packet.time_base = Fraction(1, SAMPLE_RATE)
            packet.pts = packet.dts = round(second * SAMPLE_RATE)
            container.mux(packet)
    return path


def long_silence(path: Path, hours: float) -> Path:
    """Writes hours of silence in a few MB of Opus: one packet, encoded once and repeated."""
    seconds = 0.12
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        stream.codec_context.options = {"frame_duration": "120"}
        frame = av.AudioFrame.from_ndarray(np.zeros((1, round(seconds * 48_000)), np.float32), "flt", "mono")
        frame.sample_rate = 48_000
        silent = bytes(stream.encode(frame)[0])
        for n in range(round(hours * 3600 / seconds)):
            packet = av.Packet(silent)
            packet.stream = stream
            packet.time_base = Fraction(1, 48_000)
            packet.pts = packet.dts = n * round(seconds * 48_000)
            packet.duration = round(seconds * 48_000)
            container.mux(packet)
    return path


def open_files() -> set[Path]:
    """The files that this process has open (Linux)."""
    return {link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}


def late(path: Path, sound: NDArray[np.float32], at_s: Sequence[float]) -> Path:
    """Writes a Matroska file in which a sound begins at each of these times, and nothing is stored between."""
    size = SAMPLE_RATE // 10
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("pcm_s16le", rate=SAMPLE_RATE, layout="mono")
        for begin_s in at_s:
            for n in range(0, sound.size // size * size, size):
                packet = av.Packet((sound[n : n + size] * 32767).astype("<i2").tobytes())
                packet.stream = stream
                packet.time_base = Fraction(1, SAMPLE_RATE)
                packet.pts = packet.dts = round(begin_s * SAMPLE_RATE) + n
                container.mux(packet)
    return path
