"""A part is a process that can be ended, with all that it started."""

import asyncio
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.waiting import until
from tests.unit.up.processes import DEAF, LONGEST_S, Lines, part


@pytest.mark.parametrize(("patience_s", "hurried"), [(0.1, False), (60.0, True)])
async def test_deaf_part_is_killed_after_its_patience_or_in_a_hurry(
    tmp_path: Path, patience_s: float, hurried: bool
) -> None:
    lines = Lines()
    deaf = part(tmp_path, DEAF, lines=lines, patience_s=patience_s)
    await deaf.start()
    assert await asyncio.wait_for(lines.get(), LONGEST_S) == "deaf"
    hurry = asyncio.Event()
    if hurried:
        hurry.set()
    await asyncio.wait_for(deaf.stop(hurry), LONGEST_S)
    assert await deaf.ended() == -signal.SIGKILL


async def test_what_a_part_started_ends_with_it(tmp_path: Path) -> None:
    """Even what ignores every polite signal, and was left alone by its parent."""
    lines = Lines()
    start_deaf = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {DEAF!r}], stdout=-1)"
    parent = part(tmp_path, f"{start_deaf}; child.stdout.readline(); print(child.pid)", lines=lines)
    await parent.start()
    pid = int(await asyncio.wait_for(lines.get(), LONGEST_S))
    assert await parent.ended() == 0
    await asyncio.to_thread(wait_for_end, pid)
    await parent.stop(asyncio.Event())


def wait_for_end(pid: int) -> None:
    """Until it is gone, or waits as a zombie for somebody to collect it."""
    until(lambda: state_of(pid) in ("", "Z"), f"process {pid} has ended", LONGEST_S)


def state_of(pid: int) -> str:
    look = ["ps", "-o", "stat=", "-p", str(pid)]
    return subprocess.run(look, capture_output=True, text=True, check=False).stdout[:1]


async def test_part_that_was_never_started_has_nothing_to_stop(tmp_path: Path) -> None:
    await part(tmp_path, "pass").stop(asyncio.Event())
