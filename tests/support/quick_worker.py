"""A worker in a hurry: `python -m tests.support.quick_worker [words]`.

Its leases, and its patience when it is asked to end, are short. With `words`, what it hears is not speech but what the
recording tells it to do: `FAULT TIMES`, where the fault comes after a few words, in the first so many attempts. The
variables `LEASE_S` and `SOFT_LIMIT_S` may set these, and `CONSUMER` another consumer, such as one of this module.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Generator
from datetime import timedelta
from functools import partial
from pathlib import Path

from playhead.cli.here import consume
from playhead.config import load
from playhead.transcription.engines import Checkpoint, Event, Segment
from playhead.transcription.tasks import SOFT_LIMIT_S
from playhead.worker import create_celery
from playhead.worker_context import open_worker_context

LEASE_S = 3
"""Three of a worker's looks: on a busy machine one may come late."""
SOFT_SHUTDOWN_S = 0.5
"""Far less than `test_worker_terminated` leaves its engine to do."""
COUNT, FAULT_AT = 20, 5
WORD_S = 0.05
"""What it takes to hear a word."""
GO = ".go"
"""Of the file beside a recording that ends its `wait`."""
WORDS = [f"word {number}" for number in range(COUNT)]


class Words:
    """An engine that hears a word in each second of a recording."""

    name = "words"

    def load(self) -> None:
        """There is no model."""

    def probe(self, path: Path, on_progress: Callable[[], object] = lambda: None) -> float:
        return COUNT

    def segments(
        self, path: Path, language: str | None, start_at: float, on_progress: Callable[[], object] = lambda: None
    ) -> Generator[Event]:
        is_due = _is_due(path)  # counted before any word: a test may kill it right after the last one before the fault
        for number in range(round(start_at), COUNT):
            time.sleep(WORD_S)
            if number == FAULT_AT and is_due:
                yield from FAULTS[path.read_text().split()[0]](path)
            yield Segment(number, number + 0.9, WORDS[number])
            yield Checkpoint(number + 1)


def _is_due(path: Path) -> bool:
    """Whether this attempt is one of those that are to fail; counted beside the recording."""
    told, count = path.read_text().split(), path.with_suffix(".attempts")
    past = len(count.read_text()) if count.exists() else 0
    count.write_text("." * (past + 1))
    return past < int(told[1])


def _hang(_: Path) -> Generator[Event]:
    time.sleep(3600)
    yield from ()


def _hang_in_native_code(_: Path) -> Generator[Event]:
    """Holding Python's lock: none of its threads gets on."""
    ctypes.PyDLL(None).sleep(3600)
    yield from ()


def _crash(_: Path) -> Generator[Event]:
    os.kill(os.getpid(), signal.SIGSEGV)
    yield from ()


def _babble(_: Path) -> Generator[Event]:
    """Words without end, and never a checkpoint."""
    while True:
        time.sleep(WORD_S)
        yield Segment(FAULT_AT, FAULT_AT, "bla")


def _wait(path: Path) -> Generator[Event]:
    """Until the test makes the file with `GO` beside the recording."""
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
        engine=Words() if "words" in sys.argv else None,
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
