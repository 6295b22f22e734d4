"""A worker with short leases and a short soft shutdown: `python -m tests.support.quick_worker [words]`.

With `words` its engine transcribes no speech: the recording is a text `FAULT TIMES`, and the fault happens after a few
words, in the first so many attempts. The variables `LEASE_S`, `SOFT_LIMIT_S` and `CONSUMER` set the lease, the soft
time limit and the class of the consumer, for example one of `tests.support.consumers`.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from playhead.cli.here import consume
from playhead.config import load
from playhead.transcription.engines import Checkpoint, Event, Segment
from playhead.transcription.survey import MIX, ChannelChoice, Survey, TrackChoice, Voice
from playhead.transcription.tasks import SOFT_LIMIT_S
from playhead.worker import create_celery
from playhead.worker_context import open_worker_context

LEASE_S = 3
"""Three checks of the watchdog: on a busy machine one may be late."""
SOFT_SHUTDOWN_S = 0.5
"""Far less than the work that `test_worker_terminated` leaves to its engine."""
COUNT, FAULT_AT = 20, 5
WORD_S = 0.05
"""Time for one word."""
GO = ".go"
"""The suffix of the file beside a recording that ends its `wait`."""
WORDS = [f"word {number}" for number in range(COUNT)]


class Words:
    """An engine that yields a word for each second of a recording, behind the language that was chosen."""

    name = "words"

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
        return Survey(duration_s=COUNT)

    def segments(
        self,
        path: Path,
        language: str | None,
        start_at: float,
        on_progress: Callable[[], object] = lambda: None,
        *,
        voices: Sequence[Voice] = MIX,
    ) -> Generator[Event]:
        is_due = _is_due(
            path
        )  # counted before the first word, because a test may kill the worker right before the fault
        for number in range(round(start_at), COUNT):
            time.sleep(WORD_S)
            if number == FAULT_AT and is_due:
                yield from FAULTS[path.read_text().split()[0]](path)
            yield Segment(number, number + 0.9, f"{language} {WORDS[number]}" if language else WORDS[number])
            yield Checkpoint(number + 1)


def _is_due(path: Path) -> bool:
    """Counts the attempt in a file beside the recording; True if it is one of those that fail."""
    words, count = path.read_text().split(), path.with_suffix(".attempts")
    past = len(count.read_text()) if count.exists() else 0
    count.write_text("." * (past + 1))
    return past < int(words[1])


def _hang(_: Path) -> Generator[Event]:
    time.sleep(3600)
    yield from ()


def _hang_in_native_code(_: Path) -> Generator[Event]:
    """Holds Python's lock, so that no other thread can run."""
    ctypes.PyDLL(None).sleep(3600)
    yield from ()


def _crash(_: Path) -> Generator[Event]:
    os.kill(os.getpid(), signal.SIGSEGV)
    yield from ()


def _babble(_: Path) -> Generator[Event]:
    """Yields words without end and without a checkpoint."""
    while True:
        time.sleep(WORD_S)
        yield Segment(FAULT_AT, FAULT_AT, "bla")


def _wait(path: Path) -> Generator[Event]:
    """Waits until the test creates the file with `GO` beside the recording."""
    while not path.with_suffix(GO).exists():
        time.sleep(WORD_S)
        yield Checkpoint(FAULT_AT)


FAULTS: dict[str, Callable[[Path], Generator[Event]]] = {
    "hang": _hang,
    "hang-in-native-code": _hang_in_native_code,
    "crash": _crash,
    "babble": _babble,
    "wait": _wait,
}


def main() -> None:
    settings = load()
    worker_context = partial(
        open_worker_context,
        make_engine=(lambda _: Words()) if "words" in sys.argv else None,
        lease=timedelta(seconds=int(os.environ.get("LEASE_S", LEASE_S))),
    )
    soft_limit_s = int(os.environ.get("SOFT_LIMIT_S", SOFT_LIMIT_S))
    celery = create_celery(
        settings, worker_context=worker_context, soft_limit_s=soft_limit_s, soft_shutdown_s=SOFT_SHUTDOWN_S
    )
    celery.conf.worker_consumer = os.environ.get("CONSUMER", celery.conf.worker_consumer)
    consume(celery, settings)


if __name__ == "__main__":
    main()
