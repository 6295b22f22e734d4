"""Cuts a stream of sound into windows for the engine, in pauses of the speech.

Pure and reproducible: the position of a cut depends only on the sound and on the cut before it. So an attempt that
resumes at a cut makes the same windows as the one before it would have made.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from playhead.transcription.mixer import SAMPLE_RATE, Samples

LIMIT_S = 28.0
"""Longest window. Whisper takes 30 s at once and pads shorter input; the margin is for its own rounding."""
OPENING_S = ((5.0, 8.0), (16.0, 16.0))
"""(begins before, longest): the first window and the second are shorter, so that the first words come soon.
The second begins at 5.6 to 8 s and the third at 16.8 to 24 s, because of `SEARCH`."""
SEARCH = 0.3
"""Share of a window, at its end, that is searched for a cut: long enough to hold a breath."""
QUIET_S = 0.2
"""The cut is in the middle of the quietest stretch of this length: shorter than most pauses between phrases, longer
than the closure of a plosive."""
STEP_S = 0.01
"""Resolution of the search."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window's samples, a row for each voice, and the index of the first one in the recording."""

    begin: int
    samples: Samples

    @property
    def start_s(self) -> float:
        return self.begin / SAMPLE_RATE

    @property
    def end_s(self) -> float:
        return (self.begin + int(self.samples.shape[1])) / SAMPLE_RATE


def cut(blocks: Iterable[Samples], start_at: float = 0.0) -> Iterator[Window]:
    """Cuts blocks into windows without gap or overlap, all voices at the same positions.

    Holds one window and one block in memory.

    Args:
        start_at: the position of the first block in the recording, in seconds.

    Yields:
        Windows in order; an empty window for each empty block before the first samples.
    """
    begin = round(start_at * SAMPLE_RATE)
    parts: list[Samples] = []
    size = 0
    for block in blocks:
        if not block.size and not size:
            yield Window(begin, block)
            continue
        parts.append(block)
        size += block.shape[1]
        while size > (limit := _limit(begin)):
            held = np.concatenate(parts, axis=1)
            end = _quietest(held[:, :limit])
            yield Window(begin, held[:, :end])
            begin, parts, size = begin + end, [held[:, end:]], size - end
    if size:
        yield Window(begin, np.concatenate(parts, axis=1))


def _limit(begin: int) -> int:
    """Most samples of a window that begins at sample `begin`."""
    at_s = begin / SAMPLE_RATE
    return round(next((longest for before, longest in OPENING_S if at_s < before), LIMIT_S) * SAMPLE_RATE)


def _quietest(samples: Samples) -> int:
    """The middle of the stretch near the end where all voices together are quietest; the latest one among equals."""
    step = round(STEP_S * SAMPLE_RATE)
    stretch = round(QUIET_S / STEP_S)
    size = int(samples.shape[1])
    tail = samples[:, round(size * (1 - SEARCH)) :]
    steps = tail[:, : tail.shape[1] // step * step].reshape(len(samples), -1, step)
    loudness = np.convolve(np.square(steps, dtype=np.float64).sum(axis=(0, 2)), np.ones(stretch), "valid")
    latest = loudness.size - 1 - int(np.argmin(loudness[::-1]))
    return size - int(tail.shape[1]) + latest * step + stretch * step // 2
