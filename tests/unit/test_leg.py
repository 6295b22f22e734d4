"""What runs a leg of `make test`, with commands that hang."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from infra.setup import leg

from tests.support.waiting import until

LIMIT_S = 3.0
"""A Python process starts within it where ten programs share a core."""
HANG = [sys.executable, "-c", "import time\ndef hangs_here():\n time.sleep(600)\nhangs_here()"]
"""Prints its stack when it is stopped."""
HANG_ONCE = ["sh", "-c", "test -e begun || { touch begun; exec sleep 600; }"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_command_that_hangs_fails_with_its_stack(capfd: pytest.CaptureFixture[str]) -> None:
    assert leg.run("stuck", HANG, LIMIT_S) == leg.TIMEOUT
    printed = capfd.readouterr().err
    assert printed.count("in hangs_here") == leg.TRIES
    assert printed.count("The leg stuck did not end within 3 s") == leg.TRIES
    assert "FAILED" in leg.table()


def test_a_command_that_hangs_once_is_run_again() -> None:
    assert leg.run("slow", HANG_ONCE, LIMIT_S) == 0
    assert "passed" in leg.table()


def test_a_process_left_behind_ends_with_its_leg(folder: Path) -> None:
    os.mkfifo("pipe")
    pipe = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert leg.run("untidy", ["sh", "-c", "sleep 600 > pipe & exit 3"], LIMIT_S) == 3
    os.set_blocking(pipe, True)
    assert os.read(pipe, 1) == b""  # nobody can write into it any more
    os.close(pipe)


def test_a_leg_that_is_stopped_stops_its_command_first(folder: Path) -> None:
    # The second of sleep: the leg waits by then.
    command = "trap 'echo stopped > end; exit' INT; sleep 1; touch begun; sleep 600 & wait"
    process = subprocess.Popen([sys.executable, leg.__file__, "stopped", "sh", "-c", command])
    until((folder / "begun").exists)
    process.terminate()
    assert process.wait(30) == 128 + signal.SIGTERM
    assert (folder / "end").read_text() == "stopped\n"
