"""Fault: a part of `playhead up` dies. It is restarted and that is printed, until it dies too often."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from playhead.up.restarts import DEATHS
from tests.integration.test_up import has, queue, up
from tests.support.programs import Program, alive, processes, ready
from tests.support.waiting import until

PARTS = {"valkey": "valkey-server", "worker": "playhead worker", "web": "playhead web"}
"""A part of each one's command line."""


def pid_of(running: Program, part: str) -> int | None:
    """The process id of a part: the child of `playhead up` with its command line."""
    for pid, (parent, _) in processes().items():
        if parent == running.pid:
            look = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
            if PARTS[part] in subprocess.run(look, capture_output=True, text=True, check=False).stdout:
                return pid
    return None


def kill(running: Program, part: str) -> None:
    """Kills a part, and waits until it is restarted or everything has ended."""
    until(lambda: pid_of(running, part), f"the {part} runs")
    pid = pid_of(running, part)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(
        lambda: running.process.poll() is not None or pid_of(running, part) not in (None, pid),
        f"there is another {part}",
    )


def answers(running: Program) -> Callable[[], bool]:
    address = running.out.split()[-1]
    return lambda: ready(address)


def test_each_part_is_restarted_until_one_dies_too_often(tmp_path: Path) -> None:
    with up(tmp_path) as running:
        with queue(tmp_path) as client:
            client.set("kept", "yes")
        for part in PARTS:
            kill(running, part)
            running.wait_for(
                f"The {part} ended (SIGKILL) and is started again; its log is {tmp_path}/data/logs/{part}.log."
            )
            until(answers(running), "the web is ready")
        until(lambda: has(tmp_path, "kept"), "the queue has its data")
        until(lambda: len(running.family()) == 5, "all of them run, and the worker's child")
        assert running.err.count("is started again") == len(PARTS)

        family = running.family()
        while running.process.poll() is None:
            kill(running, "valkey")
        assert running.process.returncode == 2
        assert f"The valkey ended {DEATHS} times within 60 s (SIGKILL); its log is" in running.err
        assert "Traceback" not in running.err
        assert not alive(family)
