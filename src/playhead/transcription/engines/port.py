"""The port of the speech engines: what a task may ask of one, and what it is told meanwhile.

All times are seconds of the audio itself, counted from its beginning, whatever `start_at` was.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from playhead.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Language:
    """The language the engine hears; comes at most once, before the first segment it was sure of.

    A resumed attempt hands `code` back as `language`, so both halves of a transcript agree.
    """

    code: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Words and when they are said. `text` is stripped and never empty; `start_s <= end_s`."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything before `done_s` is transcribed, and all its segments were yielded before this.

    `done_s` is the only value worth giving to `start_at` later: from there on the text is the same.
    """

    done_s: float


Event = Segment | Checkpoint | Language


class UnknownLanguage(ValueError):
    """The engine was asked for a language its model does not know; the message is one sentence."""


class ModelError(ConfigError):
    """The model is not there, is not what it should be, or cannot be fetched.

    The message says what to do, to whoever runs the service: it may hold a path, and is not for the others.
    """


class Engine(Protocol):
    """Turns the sound of one file into segments. One instance serves a process; it is not thread-safe."""

    @property
    def name(self) -> str:
        """Engine and model, for people and for the record: `faster-whisper/base`."""
        ...

    def load(self) -> None:
        """Make the model ready; cheap when it already is.

        Raises:
            ModelError: the model is missing, damaged or cannot be fetched.
        """
        ...

    def probe(self, path: Path, on_sign: Callable[[], object] = lambda: None) -> float:
        """Measure a file's duration in seconds, and refuse one that cannot be transcribed, without loading the model.

        `on_sign` is called again and again meanwhile; what it raises ends the measurement.

        Raises:
            AudioError: the file is not usable; the code says why.
            FileNotFoundError: there is no such file.
        """
        ...

    def segments(
        self, path: Path, language: str | None, start_at: float, on_sign: Callable[[], object] = lambda: None
    ) -> Generator[Event]:
        """Transcribe from `start_at` to the end; segments in order, never overlapping.

        `language` is an ISO 639-1 code, or None to let the engine find out. A checkpoint comes at least
        every `windows.LIMIT_S` seconds of audio, also where nobody speaks; the last one is the end. On the way to
        a late `start_at`, which may take a while, checkpoints at that very place are signs of life. `on_sign` is called
        while sound is waited for; what it raises ends it.
        Closing the generator cancels: it frees the file and everything else but the model.

        Raises:
            AudioError: the file is not usable; the code says why.
            FileNotFoundError: there is no such file.
            ModelError: as in `load`, which is called if nobody did.
            UnknownLanguage: the model does not know `language`.
        """
        ...
