"""`playhead up` with real processes starts, and leaves no process behind, however it ends."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NoServer

from tests.support.ports import free_port
from tests.support.programs import Program, alive, environ, program
from tests.support.waiting import until

UP = [sys.executable, "-m", "playhead", "up"]
READY = "Playhead is ready: http://127.0.0.1:{port}\n"


@contextmanager
def up(folder: Path, *, ready: bool = True, **settings: str) -> Iterator[Program]:
    """Runs `playhead up` on the data in `folder`."""
    settings = {"DATA_DIR": str(folder / "data"), "PORT": str(free_port()), "MODEL": "tiny.en"} | settings
    with program(UP, environ(**settings), folder / "up") as running:
        if ready:
            running.wait_for("Playhead is ready")
            assert running.out == READY.format(port=settings["PORT"])
        yield running


def queue(folder: Path) -> Redis:
    """A client of the embedded Valkey."""
    conf = (folder / "data" / "valkey" / "valkey.conf").read_text()
    port, password = re.findall(r'^port (\d+)\nrequirepass "(.+)"$', conf, re.MULTILINE)[0]
    return Redis(port=int(port), password=password)


def has(folder: Path, key: str) -> bool:
    try:
        with queue(folder) as client:
            return bool(client.exists(key))
    except NoServer:
        return False


def whole_family(running: Program) -> set[int]:
    until(lambda: len(running.family()) == 5, "playhead up, Valkey, the worker with its child, and the web run")
    return running.family()


def are_gone(family: set[int]) -> None:
    until(lambda: not alive(family), "all its processes are gone")


def interrupt(running: Program) -> None:
    """Press Ctrl-C, which a terminal sends to the whole process group."""
    os.killpg(running.pid, signal.SIGINT)
    assert running.process.wait(60) == 0


def terminate(running: Program) -> None:
    assert running.end(signal.SIGTERM) == 0


def kill(running: Program) -> None:
    running.end(signal.SIGKILL)


def test_data_stays_and_no_process_however_it_ends(tmp_path: Path) -> None:
    for number, end in enumerate((terminate, kill, interrupt)):
        with up(tmp_path) as running:
            with queue(tmp_path) as client:
                assert client.incr("starts") == number + 1
            family = whole_family(running)
            end(running)
            are_gone(family)
            assert "Traceback" not in running.err


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, Path]]:
    """A running `playhead up`, and its folder."""
    folder = tmp_path_factory.mktemp("first")
    with up(folder) as running:
        yield running, folder


def test_second_start_on_the_same_data_names_the_first_process(first: tuple[Program, Path], tmp_path: Path) -> None:
    running, folder = first
    with up(tmp_path, ready=False, DATA_DIR=str(folder / "data")) as second:
        assert second.process.wait(60) == 2
        assert f"Playhead already runs on the data in {folder}/data (process {running.pid})" in second.err
        assert "Traceback" not in second.err
    assert running.process.poll() is None


def test_port_in_use_is_reported_before_anything_starts(first: tuple[Program, Path], tmp_path: Path) -> None:
    port = first[0].out.strip().rpartition(":")[2]
    with up(tmp_path, ready=False, PORT=port) as second:
        assert second.process.wait(60) == 2
        assert f"Port {port} on 127.0.0.1 cannot be used (Address already in use)" in second.err
        assert not (tmp_path / "data" / "valkey").exists()


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("PORT", "many", "The setting PORT is wrong"),
        ("MODEL", "huge", "There is no model 'huge'"),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "no Redis or Valkey can be used there"),
        ("DATABASE_URL", "postgresql://127.0.0.1:1/none", "The database cannot be brought up to date"),
    ],
)
def test_wrong_setting_is_reported_in_one_sentence(tmp_path: Path, setting: str, value: str, sentence: str) -> None:
    with up(tmp_path, ready=False, **{setting: value}) as running:
        assert running.process.wait(60) == 2
        assert sentence in running.err
        assert "Traceback" not in running.err
        assert running.out == ""
