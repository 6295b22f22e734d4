"""Reads and applies the edit list of an MP4 or QuickTime track: the parts that a player plays, in order.

The format is that of ISO/IEC 14496-12 (`elst`). FFmpeg rewrites its index for each edit, so that 260 kB of edits take a
GB of memory. So it ignores them here (`ignore_editlist`), and its output is cut by this module, to the sample.
"""

import itertools
import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from playhead.transcription.boxes import Box, Boxes
from playhead.transcription.mixer import BLOCK, SAMPLE_RATE, Samples

MAX_EDITS = 10_000
"""Edits in a track: a cut every four seconds of twelve hours. No program makes a longer list; it is ignored."""

_ENTRY = {0: struct.Struct(">Ii4x"), 1: struct.Struct(">Qq4x")}  # by version; FFmpeg ignores the rate, too


@dataclass(frozen=True, slots=True)
class Edit:
    """Plays `length_s` seconds of the track from `start_s` on, or of silence if that is None."""

    start_s: float | None
    length_s: float


def read(path: Path, track: int) -> tuple[Edit, ...]:
    """Reads the edits of a track; none if it has no list, or one that cannot be used.

    Edits that repeat a part or go back are joined into one, from the first to the last position that they play.

    Args:
        track: the track's number, as in `tkhd`.
    """
    with path.open("rb") as file:
        edits = _read(Boxes(file), track)
    parts = [edit for edit in edits if edit.start_s is not None]
    if any(_end_s(one) > (next_.start_s or 0.0) for one, next_ in itertools.pairwise(parts)):
        first_s = min(edit.start_s or 0.0 for edit in parts)
        return (Edit(first_s, max(map(_end_s, parts)) - first_s),)
    return tuple(edits) if parts else ()


def play(blocks: Iterator[Samples], edits: Iterable[Edit]) -> Iterator[Samples]:
    """Cuts a track's blocks by its edits; takes no block after the last edit."""
    block = next(blocks, None)
    if block is None:
        return
    begin, channels = 0, len(block)
    for edit in edits:
        if edit.start_s is None:
            yield from _silence(edit.length_s, channels)
            continue
        first, last = _sample(edit.start_s), _sample(_end_s(edit))
        while begin < last:
            part = block[:, max(0, first - begin) : max(0, last - begin)]
            if part.size:
                yield part
            if last <= begin + block.shape[1]:
                break
            following = next(blocks, None)
            if following is None:
                return
            begin, block = begin + block.shape[1], following


def _end_s(edit: Edit) -> float:
    return (edit.start_s or 0.0) + edit.length_s


def _sample(at_s: float) -> int:
    """The sample at a time; for an infinite one, a sample after any recording."""
    return round(min(at_s, 1e9) * SAMPLE_RATE)


def _silence(seconds: float, channels: int) -> Iterator[Samples]:
    missing = _sample(seconds)
    while missing > 0:
        yield np.zeros((channels, min(missing, BLOCK)), np.float32)
        missing -= BLOCK


def _read(boxes: Boxes, track: int) -> list[Edit]:
    movie = boxes.find(boxes.all, b"moov")
    box = None if movie is None else boxes.track(movie, track)
    if movie is None or box is None:
        return []
    scale = boxes.number(boxes.find(box, b"mdia", b"mdhd"))
    movie_scale = boxes.number(boxes.find(movie, b"mvhd"))
    found = boxes.find(box, b"edts", b"elst")
    if found is None or not scale or not movie_scale:
        return []
    open_end = boxes.find(movie, b"mvex") is not None  # fragments that follow have no length yet
    return list(_entries(boxes, found, scale, movie_scale, open_end=open_end))


def _entries(boxes: Boxes, box: Box, scale: int, movie_scale: int, *, open_end: bool) -> Iterator[Edit]:
    _, begin, end = box
    entry = _ENTRY.get(boxes.bytes(begin, 1)[0])
    count = int.from_bytes(boxes.bytes(begin + 4, 4))
    if entry is None or count > MAX_EDITS or count * entry.size > end - begin - 8:
        return
    for number, (length, start) in enumerate(entry.iter_unpack(boxes.bytes(begin + 8, count * entry.size)), 1):
        last = open_end and number == count
        if start < 0:
            yield Edit(None, length / movie_scale)
        elif length or last:
            yield Edit(start / scale, math.inf if last else length / movie_scale)
