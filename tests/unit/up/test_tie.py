"""A process ends with the one that started it."""

import os
import pwd
import signal
import subprocess
import sys

import pytest

from playhead.up import tie

PARENT = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())], stdout=subprocess.PIPE)
child.stdout.readline()
os.write(1, b"%d\\n" % child.pid)
sys.stdin.read()
"""
CHILD = """
import sys, time
from playhead.up import tie
{how}
print("tied", flush=True)
time.sleep(60)
"""
BECOME = "tie.become('SIGTERM', *sys.argv[1:], '-c', 'import os; print(os.getuid())')"
BY_THE_KERNEL = "tie.end_with(int(sys.argv[1]))"
BY_LOOKING = "sys.platform = 'another'; tie.LOOK_S = 0.01; tie.end_with(int(sys.argv[1]))"


@pytest.mark.parametrize("how", [BY_THE_KERNEL, BY_LOOKING], ids=["kernel", "looking"])
def test_ends_when_its_parent_is_killed(how: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD.format(how=how)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent.stdin, parent.stdout:
        assert int(parent.stdout.readline())
        parent.kill()
        parent.wait(30)
        # The child holds the pipe's other end: its end is the pipe's.
        assert parent.stdout.read() == b""


def test_a_parent_that_is_gone_already_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    signals: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: signals.append((pid, number)))
    tie.watch(os.getppid() + 1, signal.SIGTERM)
    assert signals == [(os.getpid(), signal.SIGTERM)]


def test_a_process_nobody_asked_is_not_tied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(tie.STARTER, raising=False)
    monkeypatch.setattr(tie, "end_with", lambda *_: pytest.fail("it must not"))
    tie.end_with_starter()


def test_becomes_the_program_it_is_given() -> None:
    command = tie.tied([sys.executable, "-c", "print('it')"])
    environ = os.environ | {tie.STARTER: str(os.getpid())}
    assert subprocess.run(command, env=environ, capture_output=True, check=True).stdout == b"it\n"


def test_a_program_runs_as_the_user_who_is_named() -> None:
    """Anybody may become who they are; another user's name would need root."""
    me = pwd.getpwuid(os.getuid())
    calls = f"os.setgroups = lambda _: None; from playhead.up import tie; {BECOME}"
    command = [sys.executable, "-c", f"import os, sys; {calls}", me.pw_name, sys.executable]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == f"{me.pw_uid}\n"
