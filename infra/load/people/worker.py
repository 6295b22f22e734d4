"""A real worker whose engine reads a word of each second instead of hearing it: `python -m infra.load.people.worker`.

Everything else is the product's: the queue, the lease, the recording in storage, statuses, segments, the end. So a load
test sees what the site does, not how fast this machine transcribes.
"""

import os
import time
from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path

from playhead.cli.here import consume
from playhead.config import load
from playhead.transcription.engines import Checkpoint, Event, Segment
from playhead.transcription.survey import MIX, ChannelChoice, Survey, TrackChoice, Voice
from playhead.worker import create_celery
from playhead.worker_context import open_worker_context

DURATION_S = 8
WORD_S = float(os.environ.get("LOAD_WORD_S", "0.5"))
"""Seconds of work for a second of a recording."""


class Reader:
    """An engine that knows the words before: every recording is a sentence of eight seconds."""

    name = "reader"
    words = ("and", "so", "my", "fellow", "Americans", "ask", "not", "what")

    def load(self) -> None:
        """Does nothing: there is no model."""

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
        path.open("rb").close()  # raises FileNotFoundError, as an engine does
        return Survey(duration_s=DURATION_S)

    def segments(
        self,
        path: Path,
        language: str | None,
        start_at: float,
        on_progress: Callable[[], object] = lambda: None,
        *,
        voices: Sequence[Voice] = MIX,
    ) -> Generator[Event]:
        for number in range(round(start_at), DURATION_S):
            time.sleep(WORD_S)
            yield Segment(number, number + 0.9, self.words[number])
            yield Checkpoint(number + 1)


def main() -> None:
    settings = load()
    context = partial(open_worker_context, make_engine=lambda _: Reader())
    consume(create_celery(settings, worker_context=context), settings)


if __name__ == "__main__":
    main()
