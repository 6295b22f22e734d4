"""Houses for workers, and what a real model hears in a recording."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from playhead.transcription.engines import Segment
from playhead.transcription.engines.faster_whisper import FasterWhisper
from tests.support import media
from tests.support.house import House, house_on
from tests.support.postgres import postgres
from tests.support.speech import TWO_CITIES

MODEL, THREADS = "tiny.en", 1
REPEATS = 2
"""Of 44 s of speech: five to ten seconds of work on one core, and five windows to be interrupted in."""


@dataclass(frozen=True)
class Speech:
    """A recording, and what an attempt hears in it that nothing interrupts."""

    recording: Path
    words: list[str]


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Speech:
    samples = np.tile(media.samples_of(TWO_CITIES), REPEATS)
    recording = media.encode(samples, tmp_path_factory.mktemp("media") / "speech.flac")
    with closing(FasterWhisper(MODEL, data_dir, cpu_threads=THREADS).segments(recording, None, 0.0)) as events:
        return Speech(recording, [event.text for event in events if isinstance(event, Segment)])


@pytest.fixture(params=["sqlite"])
def house(request: pytest.FixtureRequest, tmp_path: Path, data_dir: Path) -> Iterator[House]:
    """On SQLite, or where a test says so, on a PostgreSQL of its own."""
    settings = {"MODEL": MODEL, "ENGINE_THREADS": str(THREADS)}
    if request.param == "postgresql":
        with postgres() as url, house_on(url, tmp_path, data_dir, **settings) as house:
            yield house
    else:
        with house_on(f"sqlite:///{tmp_path}/db", tmp_path, data_dir, **settings) as house:
            yield house
