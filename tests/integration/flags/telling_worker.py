"""A worker whose engine writes what its flags say: `python -m tests.integration.flags.telling_worker`.

The recording is the path of the file to write it to.
"""

import os
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path

from playhead.cli.here import consume
from playhead.config import Settings, load
from playhead.flags.answers.gate import Gate
from playhead.transcription.engines import Checkpoint, Event
from playhead.transcription.engines.choice import Engines
from playhead.transcription.pipeline import WorkerContext
from playhead.transcription.survey import MIX, ChannelChoice, Survey, TrackChoice, Voice
from playhead.worker import create_celery
from playhead.worker_context import open_worker_context


class Telling:
    """An engine that hears nothing, and writes its process and for how long it joins updates."""

    name = "telling"

    def __init__(self, coalesce_s: Callable[[str], float]) -> None:
        self._coalesce_s = coalesce_s

    def load(self) -> None:
        """There is no model."""

    def unload(self) -> None:
        """Does nothing: there is no model."""

    def probe(
        self,
        path: Path,
        on_progress: Callable[[], object] = lambda: None,
        *,
        track: TrackChoice = None,
        channels: ChannelChoice = None,
    ) -> Survey:
        return Survey(duration_s=1.0)

    def segments(
        self,
        path: Path,
        language: str | None,
        start_at: float,
        on_progress: Callable[[], object] = lambda: None,
        *,
        voices: Sequence[Voice] = MIX,
    ) -> Generator[Event]:
        Path(path.read_text()).write_text(f"{os.getpid()} {self._coalesce_s('ada')}")
        yield Checkpoint(1)


def worker_context(settings: Settings, gate: Gate) -> WorkerContext:
    context = open_worker_context(settings, gate)
    return replace(context, engines=Engines(["telling"], lambda _: Telling(context.coalesce_s)))


if __name__ == "__main__":
    settings = load()
    consume(create_celery(settings, worker_context=worker_context), settings)
