"""Writes audio and video files for tests, valid and hostile ones."""

import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from playhead.transcription.audio import blocks
from playhead.transcription.mixer import SAMPLE_RATE, Samples


@dataclass(frozen=True, slots=True)
class Format:
    container: str
    codec: str
    rate: int = 48_000
    layout: str = "mono"
    video: bool = False


FORMATS = {
    "speech.mp3": Format("mp3", "libmp3lame", 44_100, "stereo"),
    "speech.m4a": Format("ipod", "aac", 44_100),
    "speech.ogg": Format("ogg", "vorbis", 44_100, "stereo"),
    "speech.opus": Format("ogg", "libopus"),
    "speech.flac": Format("flac", "flac", 44_100),
    "speech.wav": Format("wav", "pcm_s16le", 8_000),
    "speech-float.wav": Format("wav", "pcm_f32le", 96_000, "5.1"),
    "speech.webm": Format("webm", "libopus"),
    "speech.mp4": Format("mp4", "aac", video=True),
    "speech.mkv": Format("matroska", "flac", video=True),
}


def samples_of(path: Path) -> Samples:
    return np.concatenate(list(blocks(path)))


def encode(samples: Samples, path: Path, form: Format | None = None) -> Path:
    """Encodes samples to a file, in the format of its name unless another is given."""
    form = form or FORMATS[path.name]
    with av.open(str(path), "w", format=form.container) as container:
        stream = container.add_stream(form.codec, rate=form.rate, layout=form.layout)
        assert isinstance(stream, av.AudioStream)
        stream.codec_context.options = {"strict": "experimental"}  # FFmpeg's own Vorbis calls itself that
        if form.video:
            _film(container, seconds=samples.size / SAMPLE_RATE)
        frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), "flt", "mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts, frame.time_base = 0, Fraction(1, SAMPLE_RATE)
        for part in [*_converted(frame, stream), None]:
            container.mux(stream.encode(part))
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


def packets(path: Path, at_s: list[float], seconds: float = 0.02) -> Path:
    """Writes a Matroska file of tones, with a packet of `seconds` at each of the given times."""
    with av.open(str(path), "w", format="matroska") as container:
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
