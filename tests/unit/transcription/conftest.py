"""Fixtures: two models, loaded once for the whole run, and the speech in every format."""

from collections.abc import Callable
from pathlib import Path

import pytest

from playhead.transcription.engines.faster_whisper import FasterWhisper
from playhead.transcription.mixer import Samples
from tests.support import media
from tests.support.speech import JFK


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def tiny(data_dir: Path) -> FasterWhisper:
    return FasterWhisper("tiny.en", data_dir)


@pytest.fixture(scope="session")
def base(data_dir: Path) -> FasterWhisper:
    return FasterWhisper("base", data_dir)


@pytest.fixture(scope="session")
def jfk() -> Samples:
    return media.samples_of(JFK)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, jfk: Samples) -> Callable[[str], Path]:
    """Returns the path of the speech of `jfk` in the format of a name; encoded at the first call."""
    folder = tmp_path_factory.mktemp("media")

    def make(name: str) -> Path:
        path = folder / name
        return path if path.exists() else media.encode(jfk, path)

    return make
