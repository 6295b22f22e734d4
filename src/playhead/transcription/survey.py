"""What is found out about a recording before it is transcribed: its tracks, its length, and what is heard of it."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

TrackChoice: TypeAlias = int | Literal["all"] | None
"""The index of a track, all of them, or None: the one that a player plays, if there is sound in it."""
ChannelChoice: TypeAlias = Literal["mix", "each"] | None
"""All channels as one, each by itself, or None: each by itself where they hold different speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A sound track; `index` counts from 1, as players do."""

    index: int
    title: str | None
    language: str | None
    """As the file names it."""
    codec: str
    channels: int | None = None
    """How many; None where it cannot be known."""
    decodable: bool
    chosen: bool
    """Whether it is heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One sound that is transcribed by itself: some channels of a track, mixed."""

    track: int | None = None
    """The index of the track; None for the one that a player plays."""
    weights: tuple[float, ...] = ()
    """A factor for each channel of the track: what is mixed, with which sign, and how loud. Empty for the mean."""
    channel: int | None = None
    """The number of the voice, from 1, where there are several."""


MIX = (Voice(),)
"""The best track, all channels as one, as loud as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyWarning:
    """Something that a person should know about the text; the message is a sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    duration_s: float
    """As a player shows it, in seconds: to the end of the longest track, or of the picture."""
    heard_s: float | None = None
    """Where what is heard ends, exactly; None: at the end."""
    tracks: tuple[Track, ...] = ()
    voices: tuple[Voice, ...] = MIX
    warnings: tuple[SurveyWarning, ...] = ()
