"""Fixtures: a whole Playhead, started as a user starts it, in an empty data folder and on a free port."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.postgres import postgres_server
from tests.support.programs import END_S, environ, program, ready
from tests.support.valkey import valkey
from tests.support.waiting import until

MODEL = "tiny.en"
PROCFILE = Path(__file__).parents[2] / "Procfile"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Runs `playhead up` with the small English model on SQLite, and ends it with SIGTERM; yields its address."""
    folder = tmp_path_factory.mktemp("site")
    settings = environ(DATA_DIR=str(folder / "data"), PORT=str(free_port()), MODEL=MODEL)
    with program([sys.executable, "-m", "playhead", "up"], settings, folder / "up") as up:
        up.wait_for("Playhead is ready")
        yield f"http://127.0.0.1:{settings['PORT']}"
        assert up.end(signal.SIGTERM) == 0


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Runs the processes of the Procfile, as a platform does, on PostgreSQL; yields the address."""
    folder = tmp_path_factory.mktemp("deployed")
    commands = dict(line.split(": ", 1) for line in PROCFILE.read_text().splitlines())
    with ExitStack() as stack:
        settings = environ(
            ENVIRONMENT="production",
            SECRET_KEY="a secret of these tests, long enough",
            DATABASE_URL=stack.enter_context(postgres_server()).url,
            REDIS_URL=stack.enter_context(valkey(folder / "valkey")).url,
            STORAGE_URL=(folder / "audio").as_uri(),
            DATA_DIR=str(folder / "data"),
            PORT=str(free_port()),
            MODEL=MODEL,
            LOG_FORMAT="json",
        )
        subprocess.run(["sh", "-c", commands["release"]], env=settings, check=True, timeout=END_S)
        web, worker = (
            stack.enter_context(program(["sh", "-c", commands[name]], settings, folder / name))
            for name in ("web", "worker")
        )
        address = f"http://127.0.0.1:{settings['PORT']}"
        until(lambda: ready(address), "the web is ready")
        yield address
        assert web.end(signal.SIGTERM) == 0
        assert worker.end(signal.SIGTERM) == 0
