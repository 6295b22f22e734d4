"""The interface of the speech engines, and the events that they yield.

All times are seconds from the beginning of the audio, whatever `start_at` was.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from playhead.errors import ConfigError
from playhead.transcription.survey import MIX, ChannelChoice, Survey, TrackChoice, Voice


@dataclass(frozen=True, slots=True)
class Language:
    """The detected language, before the first segment that is written in it.

    One that is certain comes at most once, and is the last. A resumed attempt passes its `code` as `language`, so both
    halves of a transcript agree.
    """

    code: str
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its punctuation, stripped; `start_s <= end_s`."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech with its text, which is stripped and never empty; `start_s <= end_s`."""

    start_s: float
    end_s: float
    text: str
    channel: int | None = None
    """The number of the voice, where several are heard."""
    words: tuple[Word, ...] = ()
    """In order, within the segment; empty if the engine gives none."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A stretch that may hold speech, of which no words could be made out with certainty."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A position up to which all audio is transcribed and all segments were yielded.

    A later call with `start_at=done_s` yields the same text from there on, unless its language is uncertain. With any
    other `start_at` it may differ.
    """

    done_s: float


Event = Segment | Checkpoint | Language | Skipped


class UnknownLanguage(ValueError):
    """The model does not support the requested language; the message is one sentence for people."""


class UnknownModel(ValueError):
    """The model that a person chose is not offered any more; the message is one sentence for people."""


class ModelError(ConfigError):
    """The model is missing or damaged, or cannot be downloaded.

    The message tells operators what to do. It may hold a path, so users do not see it.
    """


class Engine(Protocol):
    """Transcribes one file after another. A process has one instance; it is not thread-safe."""

    @property
    def name(self) -> str:
        """Engine and model, as stored with each session: `faster-whisper/base`."""
        ...

    def load(self) -> None:
        """Loads the model if it is not loaded yet.

        Raises:
            ModelError: the model is missing or damaged, or cannot be downloaded.
        """
        ...

    def unload(self) -> None:
        """Frees the memory of the model; the next use loads it again."""
        ...

    def probe(
        self,
        path: Path,
        on_progress: Callable[[], object] = lambda: None,
        *,
        track: TrackChoice = None,
        channels: ChannelChoice = None,
    ) -> Survey:
        """Surveys a file, and rejects one that cannot be transcribed, without loading the model.

        Args:
            on_progress: called again and again meanwhile; an exception it raises ends the survey.
            track: as a person chose it.
            channels: as a person chose it.

        Raises:
            AudioError: the file is not usable; its code is the reason.
            FileNotFoundError: there is no such file.
        """
        ...

    def segments(
        self,
        path: Path,
        language: str | None,
        start_at: float,
        on_progress: Callable[[], object] = lambda: None,
        *,
        voices: Sequence[Voice] = MIX,
    ) -> Generator[Event]:
        """Transcribes a file from `start_at` to the end.

        Args:
            language: an ISO 639-1 code, or None to detect it.
            start_at: seconds from the beginning, 0 or the `done_s` of a checkpoint.
            on_progress: called while the engine waits for sound; an exception it raises ends the transcription.
            voices: those of the survey.

        Yields:
            Segments in the order of their starts, those of one voice never overlapping, and a checkpoint at least every
            `windows.LIMIT_S` seconds of audio, in silence too; the last one is at the end. On the way to a late
            `start_at`, which may take a while, checkpoints at `start_at` show progress. Closing the generator frees
            everything but the model.

        Raises:
            AudioError: the file is not usable; its code is the reason.
            FileNotFoundError: there is no such file.
            ModelError: as `load`, which is called if the model is not loaded yet.
            UnknownLanguage: the model does not support `language`.
        """
        ...
