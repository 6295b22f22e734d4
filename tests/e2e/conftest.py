"""The whole of Playhead, started as a person starts it, in an empty data folder and on a free port."""

import signal
import sys
from collections.abc import Iterator

import pytest

from playhead.up.folder import free_port
from tests.integration.parts import environ, program


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Playhead with the small English model; stopped by SIGTERM."""
    folder = tmp_path_factory.mktemp("site")
    settings = environ(DATA_DIR=str(folder / "data"), PORT=str(free_port()), MODEL="tiny.en")
    with program([sys.executable, "-m", "playhead", "up"], settings, folder / "up") as up:
        up.says("Playhead is ready")
        yield f"http://127.0.0.1:{settings['PORT']}"
        assert up.end(signal.SIGTERM) == 0
