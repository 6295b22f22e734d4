"""A process ends with the one that started it."""

import os
import pwd
import signal
import subprocess
import sys
from typing import IO

import pytest

from playhead import parent_death

PARENT = """
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())])
sys.stdin.read()
"""
CHILD = """
import select, sys
from playhead import parent_death
{how}
print("started", flush=True)
select.select([sys.stdin], [], [], 60)
print("alive", flush=True)
"""
BECOME = "parent_death.become('SIGTERM', *sys.argv[1:], '-c', 'import os; print(os.getuid())')"
BY_THE_KERNEL = "parent_death.end_with(int(sys.argv[1]))"
BY_POLLING = "sys.platform = 'another'; parent_death.end_with(int(sys.argv[1]), interval_s=0.01)"
NOT_BOUND = "parent_death.end_with_starter()"


def orphaned(how: str) -> tuple[IO[bytes], IO[bytes]]:
    """Starts a child, bound to its parent by the code `how`, and kills the parent; returns the child's pipes."""
    environ = {name: value for name, value in os.environ.items() if name != parent_death.STARTER}
    command = [sys.executable, "-c", PARENT, CHILD.format(how=how)]
    parent = subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdin is not None
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"started\n"
    parent.kill()
    parent.wait(30)
    return parent.stdin, parent.stdout


@pytest.mark.parametrize("how", [BY_THE_KERNEL, BY_POLLING], ids=["kernel", "polling"])
def test_process_ends_when_its_parent_is_killed(how: str) -> None:
    stdin, stdout = orphaned(how)
    with stdin, stdout:
        # Only the child has the pipe's other end by now, so the end of the pipe is the end of the child.
        assert stdout.read() == b""


def test_process_that_is_not_bound_outlives_its_parent() -> None:
    stdin, stdout = orphaned(NOT_BOUND)
    with stdout:
        stdin.close()
        assert stdout.read() == b"alive\n"


def test_process_ends_when_its_parent_is_already_gone() -> None:
    script = (
        "import os, signal; from playhead import parent_death; parent_death.watch(os.getppid() + 1, signal.SIGTERM)"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == -signal.SIGTERM


def test_process_becomes_the_given_program() -> None:
    command = parent_death.bound_to_parent([sys.executable, "-c", "print('it')"])
    environ = os.environ | {parent_death.STARTER: str(os.getpid())}
    assert subprocess.run(command, env=environ, capture_output=True, check=True).stdout == b"it\n"


def test_program_runs_as_the_given_user() -> None:
    """Uses the present user: another one would need root."""
    me = pwd.getpwuid(os.getuid())
    calls = f"os.setgroups = lambda _: None; from playhead import parent_death; {BECOME}"
    command = [sys.executable, "-c", f"import os, sys; {calls}", me.pw_name, sys.executable]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == f"{me.pw_uid}\n"
