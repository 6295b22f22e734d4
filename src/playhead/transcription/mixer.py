"""Converts frames of any rate, layout and sample format to mono 16 kHz blocks."""

from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono, `SAMPLE_RATE` a second, every value finite and within -1 to 1."""

SAMPLE_RATE = 16_000
"""Hz; what Whisper and the voice detector were trained on."""
BLOCK = SAMPLE_RATE
"""Most samples in a block. One second is small beside a window, and large beside the cost of a Python call."""


class Mixer:
    """Mixes and resamples a sequence of frames, whose rate, layout and format may change."""

    def __init__(self) -> None:
        self.done = 0
        """Samples yielded so far."""
        self._shape: tuple[int, str, str] | None = None
        self._resampler = av.AudioResampler()

    def push(self, frame: av.AudioFrame) -> Iterator[Samples]:
        if frame.layout.name.endswith(" channels"):
            frame = _averaged(frame)
        shape = (frame.sample_rate, frame.layout.name, frame.format.name)
        if shape != self._shape:
            yield from self.flush()
            self._shape = shape
            self._resampler = av.AudioResampler("flt", "mono", SAMPLE_RATE, frame_size=BLOCK)
        frame.pts = None  # the clock has used it; the resampler must not
        yield from self._run(frame)

    def flush(self) -> Iterator[Samples]:
        if self._shape is not None:
            yield from self._run(None)
        self._shape = None

    def pad_until(self, at_s: float) -> Iterator[Samples]:
        """Yields silence up to `at_s` seconds."""
        while (missing := round(at_s * SAMPLE_RATE) - self.done) > 0:
            silence = np.zeros(min(missing, BLOCK), np.float32)
            self.done += silence.size
            yield silence

    def _run(self, frame: av.AudioFrame | None) -> Iterator[Samples]:
        try:
            mixed = self._resampler.resample(frame)
        except (FFmpegError, ValueError):
            return  # a broken frame
        for part in mixed:
            samples = _finite(part.to_ndarray().reshape(-1))
            self.done += samples.size
            yield samples


def _finite(samples: NDArray[Any]) -> Samples:
    """Replaces NaN and infinity, which float files may hold and a model turns into nonsense, and clips to -1 to 1."""
    finite = np.nan_to_num(samples.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(finite, -1.0, 1.0, out=finite)


def _averaged(frame: av.AudioFrame) -> av.AudioFrame:
    """Averages channels that have no named positions, which FFmpeg does not mix."""
    channels = frame.layout.nb_channels
    samples: NDArray[Any] = frame.to_ndarray()
    planes = samples if frame.format.is_planar else samples.reshape(-1, channels).T
    mono = planes.mean(axis=0, dtype=np.float64)
    if planes.dtype == np.uint8:
        mono = (mono - 128) / 128
    elif np.issubdtype(planes.dtype, np.integer):
        mono = mono / 2.0 ** (8 * planes.itemsize - 1)
    averaged = av.AudioFrame.from_ndarray(mono.astype(np.float32)[None], "flt", "mono")
    averaged.sample_rate = frame.sample_rate
    return averaged
