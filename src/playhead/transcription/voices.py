"""Decides what of a recording is heard: which tracks, which channels, and how much louder. Pure.

All thresholds were chosen with real speech: see `tests/unit/transcription/test_voices.py` and `test_hearing.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playhead.transcription.levels import FLOOR, Levels, loudest
from playhead.transcription.survey import ChannelChoice, SurveyWarning, Voice

QUIET_DB, LOUD_DB = -35, -14
"""A loudest second between these is heard as it is. Below, the voice detector misses words; above, floats may be
clipped."""
TARGET_DB = -18
"""The loudest second of what is made louder, or less loud."""
LEAST_DB = -85
"""Below this level nothing is heard: in 16 bits, speech is noise of one bit there, and words would be invented."""
STEADY_DB = 3
"""A sound whose levels differ less is noise, hum or silence, but no speech."""
RANGE_DB = 50
"""Lower levels count as silence, where two sounds are compared."""
ALIKE = 0.7
"""Correlation of the levels of two channels from which they hold the same speech. Of two independent sounds it is up to
0.5, because only moments count in which the one is louder."""
LEAST_STEPS = 30
"""Three seconds; of less it cannot be said whether two channels hold the same speech, and they are mixed."""
COPY = 0.9
"""The same for two tracks."""
CANCELED_DB = 6
"""The mix of a stereo track that is that much quieter than the difference cancels itself out."""
MANY_CANCELED_DB = 20
"""The same for more channels, beside the loudest of them. Independent sounds on 32 channels lose 15."""
SILENT_DB = 40
"""A channel that is that much quieter than the loudest one adds nothing to the mean."""
MAX_VOICES = 8
"""Sounds that are heard at once. More than that are mixed, or left out."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a track: for each mix the weights of its channels, and its levels."""

    index: int
    channels: int
    mixes: tuple[tuple[float, ...], ...]
    levels: Levels
    peak: float

    def loudest(self, row: int) -> int:
        return loudest(self.levels[row])


def mixes(names: Sequence[str]) -> tuple[tuple[float, ...], ...]:
    """The mixes that are measured of a track: the mean, for stereo the difference, and each channel.

    Args:
        names: of its channels, as FFmpeg calls them. The channel of low effects is not part of the mean.
    """
    size = len(names)
    if size == 1:
        return ((1.0,),)
    in_mean = [0.0 if name.startswith("LFE") else 1.0 for name in names]
    mean = tuple(one / (sum(in_mean) or 1.0) for one in in_mean)
    each = tuple(tuple(float(n == channel) for n in range(size)) for channel in range(min(size, MAX_VOICES)))
    return (mean, (0.5, -0.5), *each) if size == 2 else (mean, *each)


def is_heard(levels: Levels) -> bool:
    """Whether a sound may hold speech: it is loud enough, and not steady."""
    high, low = (np.percentile(levels, share) for share in (95, 5)) if levels.size else (FLOOR, FLOOR)
    return loudest(levels) >= LEAST_DB and bool(high - low >= STEADY_DB)


def decide(tracks: Sequence[Measured], channels: ChannelChoice) -> tuple[Voice, ...]:
    """The voices of the tracks that were chosen."""
    found: list[Voice] = []
    for number, track in enumerate(tracks):
        room = MAX_VOICES - len(found) - (len(tracks) - number - 1)
        rows = _rows(track, channels)
        rows = rows if len(rows) <= room else [_mix(track)]
        found += [Voice(track=track.index, weights=_weights(track, row)) for row in rows[: max(room, 0)]]
    if len(found) < 2:
        return tuple(found)
    return tuple(Voice(track=one.track, weights=one.weights, channel=n) for n, one in enumerate(found, 1))


def choose(tracks: Sequence[Measured], best: int) -> Measured:
    """The track that is heard where a person chose none: the best, or the first with sound if there is none in that."""
    first = next(track for track in tracks if track.index == best)
    return next((track for track in [first, *tracks] if is_heard(track.levels[_mix(track)])), first)


def warnings(tracks: Sequence[Measured], chosen: Sequence[Measured]) -> tuple[SurveyWarning, ...]:
    """What a person should know: other tracks with another sound, and sound that is too quiet."""
    found = []
    heard = [track.levels[_mix(track)] for track in chosen]
    others = [
        track.index
        for track in tracks
        if track not in chosen
        and is_heard(one := track.levels[_mix(track)])
        and not any(_correlation(one, other) >= COPY for other in heard)
    ]
    if others:
        what = f"Track {others[0]} of this file has" if len(others) == 1 else "Other tracks of this file have"
        sentence = f"{what} sound that was not transcribed: transcribe it again to choose another track, or all."
        found.append(SurveyWarning(code="other_tracks", message=sentence))
    level = max((loudest(levels) for levels in heard), default=FLOOR)
    if FLOOR < level < LEAST_DB:
        sentence = "This recording is too quiet for words to be made out: record it again, closer to the speaker."
        found.append(SurveyWarning(code="too_quiet", message=sentence))
    return tuple(found)


def _rows(track: Measured, channels: ChannelChoice) -> list[int]:
    """The rows of the mixes that are heard."""
    each = list(range(len(track.mixes) - min(track.channels, MAX_VOICES), len(track.mixes)))
    if track.channels > 1 and channels == "each":
        return each
    if track.channels == 2 and channels is None:
        heard = [row for row in each if is_heard(track.levels[row])]
        if len(heard) == 1 or (len(heard) == 2 and not _are_alike(*track.levels[each])):
            return heard
    return [_mix(track)]


def _mix(track: Measured) -> int:
    """The row of the mix: the mean, or another one if the mean cancels the sound out."""
    if track.channels == 1:
        return 0
    other = 1 if track.channels == 2 else max(range(1, len(track.mixes)), key=track.loudest)
    limit = CANCELED_DB if track.channels == 2 else MANY_CANCELED_DB
    return other if track.loudest(other) - track.loudest(0) > limit else 0


def _weights(track: Measured, row: int) -> tuple[float, ...]:
    """The factors of a mix, with its gain. Silent channels of a film, such as those behind, do not make it quieter."""
    weights, level = np.asarray(track.mixes[row]), track.loudest(row)
    if row == 0 and 2 < track.channels <= MAX_VOICES:
        each = np.asarray([track.loudest(one) for one in range(1, len(track.mixes))])
        kept = weights * (each >= np.max(each) - SILENT_DB)
        if 0 < kept.sum() < 1:
            level += round(20 * float(np.log10(1 / kept.sum())))
            weights = kept / kept.sum()
    is_off = LEAST_DB <= level < QUIET_DB or (level > LOUD_DB and track.peak > 1)
    gain = 10 ** ((TARGET_DB - level) / 20) if is_off else 1.0
    return tuple(round(float(weight) * gain, 6) for weight in weights)


def _are_alike(left: Levels, right: Levels) -> bool:
    """Whether two channels hold the same speech: when the one is the louder one, the other follows it."""
    if left.size < LEAST_STEPS:
        return True
    one, other = _relative(left), _relative(right)
    return max(_correlation_of(one, other, one >= other), _correlation_of(one, other, one <= other)) >= ALIKE


def _correlation(left: Levels, right: Levels) -> float:
    size = min(left.size, right.size)
    one, other = _relative(left[:size]), _relative(right[:size])
    return _correlation_of(one, other, np.ones(size, np.bool_))


def _relative(levels: Levels) -> NDArray[np.float64]:
    """Levels beside that of the loudest second."""
    return np.clip(levels.astype(np.float64) - loudest(levels), -RANGE_DB, 0)


def _correlation_of(one: NDArray[np.float64], other: NDArray[np.float64], where: NDArray[np.bool_]) -> float:
    """The correlation of two levels where at least one is no silence; 0 if there is too little to tell."""
    where = where & ((one > -RANGE_DB) | (other > -RANGE_DB))
    if where.sum() < 10 or one[where].std() == 0 or other[where].std() == 0:  # a second
        return 0.0
    return float(np.corrcoef(one[where], other[where])[0, 1])
