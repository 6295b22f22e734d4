"""The Procfile's processes, as they stand there, against a real PostgreSQL and a real Valkey."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from playhead.up.folder import free_port
from tests.support.postgres import Postgres
from tests.support.programs import END_S, environ, program, ready
from tests.support.valkey import valkey
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
COMMANDS = dict(line.split(": ", 1) for line in ROOT.joinpath("Procfile").read_text().splitlines())


@pytest.fixture
def settings(tmp_path: Path, postgres: Postgres) -> Iterator[dict[str, str]]:
    with valkey(tmp_path / "valkey") as redis:
        yield environ(
            ENVIRONMENT="production",
            SECRET_KEY="a secret of this test",
            DATABASE_URL=postgres.database("procfile"),
            REDIS_URL=redis.url,
            STORAGE_URL=(tmp_path / "audio").as_uri(),
            DATA_DIR=str(tmp_path / "data"),
            PORT=str(free_port()),
            LOG_FORMAT="json",
        )


def test_names_the_processes_a_platform_looks_for() -> None:
    assert {"web", "worker", "release"} == set(COMMANDS)


def test_processes_serve_and_end_when_asked(settings: dict[str, str], tmp_path: Path) -> None:
    released = subprocess.run(
        ["sh", "-c", COMMANDS["release"]], env=settings, capture_output=True, text=True, timeout=END_S, check=False
    )
    assert released.returncode == 0, released.stderr

    with ExitStack() as stack:
        web, worker = (
            stack.enter_context(program(["sh", "-c", COMMANDS[name]], settings, tmp_path / name))
            for name in ("web", "worker")
        )
        until(lambda: ready(f"http://127.0.0.1:{settings['PORT']}"), "the web is ready")
        worker.says("ready.")
        assert web.end() == 0
        assert worker.end() == 0
