"""`playhead up` with real processes: it starts, mends itself, and leaves nothing behind, however it ends."""

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

from playhead.up.folder import free_port
from tests.support.programs import Program, alive, environ, program
from tests.support.waiting import until

UP = [sys.executable, "-m", "playhead", "up"]
READY = "Playhead is ready: http://127.0.0.1:{port}\n"


@contextmanager
def up(folder: Path, *, ready: bool = True, **settings: str) -> Iterator[Program]:
    """A running `playhead up` on the data in `folder`."""
    settings = {"DATA_DIR": str(folder / "data"), "PORT": str(free_port()), "MODEL": "tiny.en"} | settings
    with program(UP, environ(**settings), folder / "up") as running:
        if ready:
            running.says("Playhead is ready")
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


def test_starts_keeps_its_data_and_ends_on_sigterm(tmp_path: Path) -> None:
    with up(tmp_path) as running:
        with queue(tmp_path) as client:
            client.set("kept", "yes")
        until(lambda: len(running.family()) == 5, "it, Valkey, the worker with its child, and the web run")
        family = running.family()
        assert running.end() == 0
        assert not alive(family)

    with up(tmp_path) as running:
        assert has(tmp_path, "kept")


def test_ends_on_ctrl_c_which_a_terminal_sends_to_the_whole_group(tmp_path: Path) -> None:
    with up(tmp_path) as running:
        family = running.family()
        os.killpg(running.pid, signal.SIGINT)
        assert running.process.wait(60) == 0
        assert not alive(family)
        assert "Traceback" not in running.err


def test_leaves_nobody_behind_when_it_is_killed(tmp_path: Path) -> None:
    with up(tmp_path) as running:
        family = running.family()
        running.end(signal.SIGKILL)
        until(lambda: not alive(family), "all its processes are gone")

    with up(tmp_path):
        """The next start on the same data finds nothing in its way."""


def test_a_second_start_on_the_same_data_says_who_holds_it(tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    with up(tmp_path) as first:
        with up(tmp_path / "second", ready=False, DATA_DIR=str(tmp_path / "data")) as second:
            assert second.process.wait(60) == 2
            assert f"Playhead already runs on the data in {tmp_path}/data (process {first.pid})" in second.err
            assert "Traceback" not in second.err
        assert first.process.poll() is None


def test_a_busy_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    with up(tmp_path) as first:
        port = first.out.strip().rpartition(":")[2]
        with up(tmp_path / "second", ready=False, PORT=port) as second:
            assert second.process.wait(60) == 2
            assert f"Port {port} on 127.0.0.1 cannot be used (Address already in use)" in second.err
            assert not (tmp_path / "second" / "data" / "valkey").exists()


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("PORT", "many", "The setting PORT is wrong"),
        ("MODEL", "huge", "There is no model 'huge'"),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "no Redis or Valkey can be used there"),
        ("DATABASE_URL", "postgresql://127.0.0.1:1/none", "The database cannot be brought up to date"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(tmp_path: Path, setting: str, value: str, sentence: str) -> None:
    with up(tmp_path, ready=False, **{setting: value}) as running:
        assert running.process.wait(60) == 2
        assert sentence in running.err
        assert "Traceback" not in running.err
        assert running.out == ""
