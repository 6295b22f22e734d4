"""Transcribes with faster-whisper, which gets windows of samples and never a file.

Given a path it would decode all of it before the first word (2 h of sound: 6.7 GB), cut a damaged file
short without an error, and fail with PyAV 19. Given windows it needs the same memory at any length.
"""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from playhead.transcription import audio, models
from playhead.transcription.decoder import client as decoder
from playhead.transcription.engines import word_times
from playhead.transcription.engines.detection import Detection
from playhead.transcription.engines.port import (
    Checkpoint,
    Event,
    Language,
    ModelError,
    Segment,
    Skipped,
    UnknownLanguage,
    Word,
)
from playhead.transcription.leveling import level
from playhead.transcription.mixer import Samples
from playhead.transcription.survey import MIX, ChannelChoice, Survey, TrackChoice, Voice
from playhead.transcription.windows import Window, cut

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment as Heard

HELD_WINDOWS = 3
"""Windows that wait while their language is uncertain: up to 52 s. So a first one of noise, or of a few words, gives no
line in another language. After that words are written in the most probable one, until one is certain."""
SILENCE_PEAK = 1e-4
"""-80 dB, below the last bit but two of a CD. A window below it holds no speech, so the model is skipped."""
LOGPROB_MIN = -1.0
"""Mean logarithm of the probabilities of a segment's tokens, below which Whisper itself tries again, up to five times.
What is still below after that is mostly invented: it is skipped. Real speech has -0.5 and more, also at -70 dB."""
NO_SPEECH, SURE_LOGPROB = 0.7, -0.4
"""Of an invented segment the model itself says that nobody speaks, with at least this probability, and is not sure of
its words: "Thank you." for music has 0.73 to 0.96, and -0.5 to -1.0. Speech has up to 0.6, with noise as loud as itself
and for single words too, and -0.3 and more where it is clear."""
VOICE_S = 3.0
"""Seconds of voice, as the voice detector cuts them out, from which it is said that something was skipped if no words
come of them. A note of music that it takes for a voice gives up to 2.9: 0.1 and the pauses that are kept around it."""
DECIMALS = 3
"""Kept of a segment's times in seconds; Whisper's own grid is 20 ms."""


class FasterWhisper:
    """One model in memory, on one device. Not thread-safe; a worker process holds one."""

    def __init__(
        self,
        model: str,
        data_dir: Path,
        *,
        device: str = "cpu",
        compute_type: str = "int8",
        cpu_threads: int = 0,
        max_s: float = audio.MAX_S,
    ) -> None:
        """
        Args:
            cpu_threads: 0 means all cores.
            max_s: the longest recording accepted, in seconds.
        """
        self._model_name = model
        self._data_dir = data_dir
        self._device = device
        self._compute_type = compute_type
        self._cpu_threads = cpu_threads or os.cpu_count() or 1
        self._max_s = max_s
        self._model: WhisperModel | None = None

    @property
    def name(self) -> str:
        return f"faster-whisper/{Path(self._model_name).name}"

    def load(self) -> None:
        self._loaded()

    def unload(self) -> None:
        """Frees the memory of the model; the next use loads it again."""
        self._model = None

    def probe(
        self,
        path: Path,
        on_progress: Callable[[], object] = lambda: None,
        *,
        track: TrackChoice = None,
        channels: ChannelChoice = None,
    ) -> Survey:
        return decoder.survey(path, track=track, channels=channels, max_s=self._max_s, on_progress=on_progress)

    def segments(
        self,
        path: Path,
        language: str | None,
        start_at: float,
        on_progress: Callable[[], object] = lambda: None,
        *,
        voices: Sequence[Voice] = MIX,
    ) -> Generator[Event]:
        model = self._loaded()
        if language is not None and language not in model.supported_languages:
            raise UnknownLanguage(
                f"The model {Path(self._model_name).name} does not support the language {language!r}."
            )
        sound = decoder.blocks(path, start_at, heard=voices, max_s=self._max_s, on_progress=on_progress)
        with closing(sound) as blocks:
            announced: tuple[str | None, bool] = (language, True)
            for window, (code, is_certain) in _with_language(model, cut(blocks, start_at), language):
                found: list[Segment | Skipped] = []
                if code is not None:
                    for voice, samples in zip(voices, window.samples, strict=True):
                        if _is_sound(samples):
                            found += _transcribe(model, window, level(samples), code, voice.channel)
                    if (code, is_certain) != announced and (
                        is_certain or any(isinstance(one, Segment) for one in found)
                    ):
                        announced = (code, is_certain)
                        yield Language(code, is_certain=is_certain)
                yield from sorted(found, key=lambda event: event.start_s)  # stable: voices keep their order
                yield Checkpoint(window.end_s)

    def _loaded(self) -> "WhisperModel":
        if self._model is None:
            from faster_whisper import WhisperModel  # takes a second, and only a worker needs it

            folder = models.locate(self._model_name, self._data_dir)
            try:
                self._model = WhisperModel(
                    str(folder),
                    device=self._device,
                    compute_type=self._compute_type,
                    cpu_threads=self._cpu_threads,
                    local_files_only=True,
                )
            except (RuntimeError, ValueError, OSError) as error:
                raise ModelError(f"The model {self._model_name!r} cannot be loaded: {error}") from error
        return self._model


def _is_sound(samples: Samples) -> bool:
    return bool(samples.size) and bool(np.abs(samples).max() >= SILENCE_PEAK)


def _with_language(
    model: "WhisperModel", windows: Iterable[Window], given: str | None
) -> Iterator[tuple[Window, tuple[str | None, bool]]]:
    """Yields windows with the language of their words, and whether it is certain; None as long as nobody speaks."""
    detection = Detection(given)
    held: list[Window] = []
    room = HELD_WINDOWS
    for window in windows:
        held.append(window)
        if not detection.is_certain:
            for samples in filter(_is_sound, window.samples):
                _, info = model.transcribe(level(samples), vad_filter=True)  # decodes nothing before it is iterated
                if info.duration_after_vad > 0:
                    detection.note(info.all_language_probs or [(info.language, 1.0)], info.duration_after_vad)
        if detection.is_certain or detection.best is None or len(held) >= room:
            room = HELD_WINDOWS if detection.best is None else 1
            yield from ((one, (detection.best, detection.is_certain)) for one in held)
            held = []
    yield from ((one, (detection.best, detection.is_certain)) for one in held)


def _transcribe(
    model: "WhisperModel", window: Window, samples: Samples, language: str, channel: int | None
) -> Iterator[Segment | Skipped]:
    """Transcribes one voice of a window; times are those of the whole recording."""
    # Measured: text carried over as a prompt loses words (12 % of them with tiny.en), and so does transcribing
    # without timestamps; without the voice filter silence becomes "You" and "Thank you".
    found, info = model.transcribe(
        samples, language=language, vad_filter=True, condition_on_previous_text=False, word_timestamps=True
    )
    floor, is_any = window.start_s, False
    for segment in found:
        text = segment.text.strip()
        is_invented = segment.no_speech_prob >= NO_SPEECH and segment.avg_logprob < SURE_LOGPROB
        if is_invented or not any(map(str.isalnum, text)):  # "." and "♪" are for music, too
            continue
        is_any = True
        start = min(max(floor, round(float(window.start_s + segment.start), DECIMALS)), window.end_s)
        floor = min(max(start, round(float(window.start_s + segment.end), DECIMALS)), window.end_s)
        if segment.avg_logprob < LOGPROB_MIN:
            yield Skipped(start, floor)
        else:
            words = _words(segment, window, samples, (start, floor))
            yield Segment(words[0].start_s if words else start, floor, text, channel, words)
    if not is_any and info.duration_after_vad >= VOICE_S:
        yield Skipped(window.start_s, window.end_s)


def _words(heard: "Heard", window: Window, samples: Samples, within: tuple[float, float]) -> tuple[Word, ...]:
    """The words of a segment, in order and within its times."""
    words = []
    floor, end_s = within
    for word in heard.words or ():
        if text := word.word.strip():
            begin_s = window.start_s + word_times.begin(samples, float(word.start), float(word.end))
            start = min(max(floor, round(begin_s, DECIMALS)), end_s)
            floor = min(max(start, round(float(window.start_s + word.end), DECIMALS)), end_s)
            words.append(Word(start, floor, text))
    return tuple(words)
