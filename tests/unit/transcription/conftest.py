"""Fixtures: two models, loaded once for the whole run, the speech in every format, and a port that nobody may visit."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from playhead.transcription.engines.faster_whisper import FasterWhisper
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
def jfk() -> NDArray[np.float32]:
    return media.samples_of(JFK)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, jfk: NDArray[np.float32]) -> Callable[[str], Path]:
    """Returns the path of the speech of `jfk` in the format of a name; encoded at the first call."""
    folder = tmp_path_factory.mktemp("media")

    def make(name: str) -> Path:
        path = folder / name
        return path if path.exists() else media.encode(jfk, path)

    return make


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A listening port, and the requests that came to it."""
    visits: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    visitor, address = server.accept()
                except OSError:
                    return
                visits.append(str(address))
                visitor.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], visits
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
