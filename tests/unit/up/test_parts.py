"""A part can be ended together with all processes that it started."""

import asyncio
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.waiting import until
from tests.unit.up.processes import DEAF, LONGEST_S, Lines, part


@pytest.mark.parametrize(("stop_timeout_s", "killed"), [(0.1, False), (60.0, True)])
async def test_deaf_part_is_killed_after_its_timeout_or_on_request(
    tmp_path: Path, stop_timeout_s: float, killed: bool
) -> None:
    lines = Lines()
    deaf = part(tmp_path, DEAF, lines=lines, stop_timeout_s=stop_timeout_s)
    await deaf.start()
    assert await asyncio.wait_for(lines.get(), LONGEST_S) == "deaf"
    kill = asyncio.Event()
    if killed:
        kill.set()
    await asyncio.wait_for(deaf.stop(kill), LONGEST_S)
    assert await deaf.ended() == -signal.SIGKILL


async def test_child_of_a_part_ends_with_it(tmp_path: Path) -> None:
    """Even a child that ignores SIGTERM and whose parent has ended."""
    lines = Lines()
    start_deaf = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {DEAF!r}], stdout=-1)"
    parent = part(tmp_path, f"{start_deaf}; child.stdout.readline(); print(child.pid)", lines=lines)
    await parent.start()
    pid = int(await asyncio.wait_for(lines.get(), LONGEST_S))
    assert await parent.ended() == 0
    await asyncio.to_thread(wait_for_end, pid)
    await parent.stop(asyncio.Event())


def wait_for_end(pid: int) -> None:
    """Wait until it is gone or a zombie."""
    until(lambda: state_of(pid) in ("", "Z"), f"process {pid} has ended", LONGEST_S)


def state_of(pid: int) -> str:
    command = ["ps", "-o", "stat=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout[:1]


async def test_part_that_was_never_started_can_be_stopped(tmp_path: Path) -> None:
    await part(tmp_path, "pass").stop(asyncio.Event())
