"""Transcribes with faster-whisper, which gets windows of samples and never a file.

Given a path it would decode all of it before the first word (2 h of sound: 6.7 GB), cut a damaged file
short without an error, and fail with PyAV 19. Given windows it needs the same memory at any length.
"""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from playhead.transcription import audio, models
from playhead.transcription.decoder import client as decoder
from playhead.transcription.engines.port import (
    Checkpoint,
    Event,
    Language,
    ModelError,
    Segment,
    UnknownLanguage,
)
from playhead.transcription.windows import Window, cut

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

LANGUAGE_MIN = 0.5
"""Probability from which a detected language is kept for the rest. Until then it is detected in each window again:
an opening of music or noise must not decide the language of hours."""
SILENCE_PEAK = 1e-4
"""-80 dB, below the last bit but two of a CD. A window below it holds no speech, so the model is skipped."""
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

    def probe(self, path: Path, on_progress: Callable[[], object] = lambda: None) -> float:
        return decoder.probe(path, max_s=self._max_s, on_progress=on_progress)

    def segments(
        self, path: Path, language: str | None, start_at: float, on_progress: Callable[[], object] = lambda: None
    ) -> Generator[Event]:
        model = self._loaded()
        if language is not None and language not in model.supported_languages:
            raise UnknownLanguage(
                f"The model {Path(self._model_name).name} does not support the language {language!r}."
            )
        with closing(decoder.blocks(path, start_at, max_s=self._max_s, on_progress=on_progress)) as blocks:
            for window in cut(blocks, start_at):
                if window.samples.size and np.abs(window.samples).max() >= SILENCE_PEAK:
                    for event in _transcribe(model, window, language):
                        if isinstance(event, Language):
                            language = event.code
                        yield event
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


def _transcribe(model: "WhisperModel", window: Window, language: str | None) -> Iterator[Language | Segment]:
    """Transcribes one window; times are those of the whole recording."""
    # Measured: text carried over as a prompt loses words (12 % of them with tiny.en), and so does transcribing
    # without timestamps; without the voice filter silence becomes "You" and "Thank you".
    found, info = model.transcribe(window.samples, language=language, vad_filter=True, condition_on_previous_text=False)
    if language is None and info.duration_after_vad > 0 and info.language_probability >= LANGUAGE_MIN:
        yield Language(info.language)
    floor = window.start_s
    for segment in found:
        if text := segment.text.strip():
            start = min(max(floor, round(window.start_s + segment.start, DECIMALS)), window.end_s)
            floor = min(max(start, round(window.start_s + segment.end, DECIMALS)), window.end_s)
            yield Segment(start, floor, text)
