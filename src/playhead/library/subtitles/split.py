"""Splits a run of speech into cues of at most two lines, at the best breaks in all."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import inf

from playhead.library.subtitles.breaks import SENTENCE
from playhead.library.subtitles.rules import COLUMNS_PER_S, GAP_MS, LEAST_MS, LINE_COLUMNS, MOST_MS, PAUSE_MS

CUE = 1.0
"""The weight of one more cue, in the units of `breaks`: less than of a sentence that ends within a cue."""
WITHIN = 2.0
"""The weight of a sentence's end within a cue."""
SHORT = 8.0
"""The weight of a cue that cannot be shown at all, where one of `LEAST_MS` has none: more than of any break."""
FAST = 6.0
"""The weight of a cue that must be read at twice `COLUMNS_PER_S`, or faster."""
SILENCE = 3.0
"""The weight of a second of silence within a cue."""
UNEVEN = 4.0
"""The weight of a line beside an empty one, between two lines of a cue."""
TOP_HEAVY = 0.5
"""The weight of a first line that is longer than the second: the guides prefer the other way, it hides less."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of text that is not split, with its time. `weight` is that of a break behind it."""

    text: str
    columns: int
    spaced: bool
    """Whether a space is before it."""
    start_ms: int
    end_ms: int
    weight: float = SENTENCE


@dataclass(frozen=True, slots=True)
class Cue:
    """Lines that are shown together, and when they are spoken."""

    lines: tuple[str, ...]
    start_ms: int
    end_ms: int
    columns: int
    """What is read, with the name of the channel if that is part of the text."""
    channel: int | None = None


def split(units: Sequence[Unit], lead: int = 0) -> list[int]:
    """Finds where each cue of a run begins, by the least sum of weights.

    Args:
        units: in the order of their times.
        lead: columns of the first line of each cue that are taken.
    """
    ends = [0, *accumulate(unit.columns + unit.spaced for unit in units)]
    best = [0.0] + [inf] * len(units)
    begins = [0] * (len(units) + 1)
    for first in range(len(units)):
        for end, weight in _cues_from(units, ends, first, LINE_COLUMNS - lead):
            total = best[first] + weight
            if total < best[end]:
                best[end], begins[end] = total, first
    found, end = [], len(units)
    while end:
        end = begins[end]
        found.append(end)
    return found[::-1]


def _cues_from(units: Sequence[Unit], ends: list[int], first: int, first_line: int) -> list[tuple[int, float]]:
    """Lists the cues that may begin with the unit `first`: the unit after each, and its weight."""
    found = []
    start_ms, begin = units[first].start_ms, ends[first] + units[first].spaced
    second, within = 0, 0.0
    unit = units[first]
    for end in range(first + 1, len(units) + 1):
        width = ends[end] - begin
        following_ms = units[end].start_ms if end < len(units) else unit.end_ms + PAUSE_MS
        shown = min(max(following_ms - GAP_MS - start_ms, 1), MOST_MS)
        weight = CUE + within + (unit.weight if end < len(units) else 0.0)
        if shown < LEAST_MS:
            weight += SHORT * (1 - shown / LEAST_MS)
        if width * 1000 > COLUMNS_PER_S * shown:
            weight += FAST * min(1.0, width * 1000 / COLUMNS_PER_S / shown - 1)
        found.append((end, weight))
        if end == len(units):
            break
        pause = following_ms - unit.end_ms
        within += WITHIN if unit.weight == SENTENCE else 0.0
        if pause > 0:
            within += SILENCE * pause / 1000
        unit = units[end]
        if pause >= PAUSE_MS or unit.end_ms - start_ms > MOST_MS:
            break
        if not second and ends[end + 1] - begin > first_line:
            second = end
        if second and ends[end + 1] - ends[second] - units[second].spaced > LINE_COLUMNS:
            break
    return found


def cue(units: Sequence[Unit], lead: int, channel: int | None) -> Cue:
    """Makes the cue of all of these units."""
    whole = _text(units)
    width = sum(unit.columns + unit.spaced for unit in units) - units[0].spaced
    lines: tuple[str, ...] = (whole,)
    if width > LINE_COLUMNS - lead and len(units) > 1:
        _, at = min((_unevenness(units, at, lead), at) for at in range(1, len(units)))
        lines = (_text(units[:at]), _text(units[at:]))
    return Cue(lines, units[0].start_ms, max(unit.end_ms for unit in units), lead + width, channel)


def _unevenness(units: Sequence[Unit], at: int, lead: int) -> float:
    """The weight of a second line that begins with the unit `at`."""
    above = sum(unit.columns + unit.spaced for unit in units[:at]) - units[0].spaced + lead
    below = sum(unit.columns + unit.spaced for unit in units[at:]) - units[at].spaced
    too_long = 1000 * (max(above, LINE_COLUMNS) + max(below, LINE_COLUMNS) - 2 * LINE_COLUMNS)
    weight = units[at - 1].weight + UNEVEN * abs(above - below) / LINE_COLUMNS
    return too_long + weight + (TOP_HEAVY if above > below else 0.0)


def _text(units: Sequence[Unit]) -> str:
    return "".join((" " if unit.spaced and at else "") + unit.text for at, unit in enumerate(units))
