"""What a person chose for a session, and what was found out about its recording. Stored and sent as JSON."""

from typing import Literal, TypeAlias

import msgspec

AUTO: Literal["auto"] = "auto"
"""In a request: as if nothing had been chosen."""
TrackChoice: TypeAlias = int | Literal["all"]
ChannelChoice: TypeAlias = Literal["mix", "each"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a person chose; None: it is found out, or the default."""

    language: str | None = None
    model: str | None = None
    """One of those that the site offers."""
    track: TrackChoice | None = None
    """The number of a track, from 1, or all of them."""
    channels: ChannelChoice | None = None
    """All channels as one, or each by itself."""


NOTHING_CHOSEN = Options()


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What a request asks for; None: as it was, `auto`: as if nothing had been chosen."""

    language: str | None = None
    model: str | None = None
    track: TrackChoice | Literal["auto"] | None = None
    channels: ChannelChoice | Literal["auto"] | None = None

    def applied_to(self, before: Options) -> Options:
        """The options after this request."""
        asked = {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not None}
        return msgspec.structs.replace(before, **{name: None if it == AUTO else it for name, it in asked.items()})


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """A sound track of a recording; `index` counts from 1, as players do."""

    index: int
    title: str | None = None
    language: str | None = None
    """As the file names it."""
    codec: str
    channels: int | None = None
    """How many; None where it cannot be known, or was not asked yet."""
    decodable: bool
    chosen: bool
    """Whether it was transcribed."""


class TextWarning(msgspec.Struct, frozen=True):
    """Something about a text that a person should know; the message is a sentence."""

    code: str
    message: str


class Word(msgspec.Struct, frozen=True):
    """A word of a segment; times are in seconds from the start of the audio."""

    start_s: float
    end_s: float
    text: str


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A revision that is written while another one is served. When it is complete it takes the other's place.

    `language` is passed to the engine. `duration_s` is None until the recording was read.
    """

    is_complete: bool
    """Whether the text that is served is complete."""
    segments: int = 0
    """Segments that were written."""
    language: str | None = None
    engine: str | None = None
    duration_s: float | None = None
    speed: float | None = None
    tracks: tuple[Track, ...] | None = None
    warnings: tuple[TextWarning, ...] | None = None
