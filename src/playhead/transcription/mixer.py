"""Converts frames of any rate, layout and sample format to blocks of 16 kHz, channel by channel."""

from collections.abc import Iterable, Iterator
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Rows of samples, `SAMPLE_RATE` a second, every value finite: a row for each channel, or for each voice."""

SAMPLE_RATE = 16_000
"""Hz; what Whisper and the voice detector were trained on."""
BLOCK = SAMPLE_RATE
"""Most samples in a row of a block. One second is small beside a window, and large beside the cost of a Python call."""
MAX_SAMPLE = 1e6
"""The largest sample that is kept: 120 dB over full scale. Squares of larger ones would be infinite."""


class Mixer:
    """Resamples a sequence of frames, whose rate, layout and format may change.

    Args:
        channels: of each block. Frames with another number of them are mixed to one, which all channels get.
    """

    def __init__(self, channels: int) -> None:
        self.channels = channels
        self.done = 0
        """Samples of each channel yielded so far."""
        self._shape: tuple[int, str, str] | None = None
        self._resampler = av.AudioResampler()

    def push(self, frame: av.AudioFrame) -> Iterator[Samples]:
        shape = (frame.sample_rate, frame.layout.name, frame.format.name)
        if shape != self._shape:
            yield from self.flush()
            self._shape = shape
            self._resampler = av.AudioResampler("flt", frame.layout, SAMPLE_RATE, frame_size=BLOCK)
        frame.pts = None  # the clock has used it; the resampler must not
        yield from self._run(frame)

    def flush(self) -> Iterator[Samples]:
        if self._shape is not None:
            yield from self._run(None)
        self._shape = None

    def pad_until(self, at_s: float) -> Iterator[Samples]:
        """Yields silence up to `at_s` seconds."""
        while (missing := round(at_s * SAMPLE_RATE) - self.done) > 0:
            silence = np.zeros((self.channels, min(missing, BLOCK)), np.float32)
            self.done += silence.shape[1]
            yield silence

    def _run(self, frame: av.AudioFrame | None) -> Iterator[Samples]:
        try:
            resampled = self._resampler.resample(frame)
        except (FFmpegError, ValueError):
            return  # a broken frame
        for part in resampled:
            rows = _finite(part.to_ndarray().reshape(-1, part.layout.nb_channels).T)
            if len(rows) != self.channels:
                rows = np.repeat(rows.mean(axis=0, keepdims=True), self.channels, axis=0)
            self.done += rows.shape[1]
            yield rows


def blocks_of(parts: Iterable[Samples]) -> Iterator[Samples]:
    """Makes blocks of exactly `BLOCK` samples of parts of any size; the last one may be shorter."""
    held: list[Samples] = []
    size = 0
    for part in parts:
        held.append(part)
        size += part.shape[1]
        if size >= BLOCK:
            whole = np.concatenate(held, axis=1)
            end = size // BLOCK * BLOCK
            yield from (whole[:, begin : begin + BLOCK] for begin in range(0, end, BLOCK))
            held, size = [whole[:, end:]], size - end
    if size:
        yield np.concatenate(held, axis=1)


def _finite(samples: NDArray[Any]) -> Samples:
    """Replaces NaN and infinity, which float files may hold and a model turns into nonsense."""
    finite = np.nan_to_num(samples.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(finite, -MAX_SAMPLE, MAX_SAMPLE, out=finite)
