"""Ends a process when its parent ends, however the parent ends.

This file imports the standard library only: another program is started through it, by its path (`bound_to_parent` gives
the command), and replaces it by `exec`.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from typing import NoReturn

STARTER = "PLAYHEAD_UP_PID"
"""The variable that tells a part the process id of the `playhead up` it belongs to."""
PR_SET_PDEATHSIG = 1
"""Linux: `prctl` with it asks the kernel for a signal at the parent's end; it outlives `exec`, not `fork`."""
LOOK_S = 1.0
"""Between two checks for the parent, on a system without that call."""


def end_with_starter(how: signal.Signals = signal.SIGKILL) -> None:
    """End with `playhead up` if it started this process; else do nothing."""
    starter = os.environ.get(STARTER)
    if starter:
        end_with(int(starter), how)


def end_with(parent: int, how: signal.Signals = signal.SIGKILL, look_s: float = LOOK_S) -> None:
    """Send this process the signal `how` when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)
    else:
        threading.Thread(target=watch, args=(parent, how, look_s), daemon=True).start()
    if os.getppid() != parent:  # it ended before the kernel was asked
        os.kill(os.getpid(), how)


def watch(parent: int, how: signal.Signals, look_s: float = LOOK_S) -> None:
    """Check every `look_s` seconds for the parent, and end this process once it is gone."""
    while os.getppid() == parent:
        time.sleep(look_s)
    os.kill(os.getpid(), how)


def bound_to_parent(
    command: Sequence[str], *, how: signal.Signals = signal.SIGTERM, user: str | None = None
) -> list[str]:
    """A command line that runs `command` so that it gets the signal `how` when `playhead up` ends.

    `user`: the account to run as; only root may choose one.
    """
    return [sys.executable, "-I", "-S", __file__, how.name, user or "", *command]


def become(how: str, user: str, *command: str) -> NoReturn:
    """Turn this process into `command`, as `bound_to_parent` describes it."""
    if user:
        import pwd  # here, because it delays the start a little

        who = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(who.pw_gid)
        os.setuid(who.pw_uid)
    end_with_starter(signal.Signals[how])  # after it: the kernel forgets at a change of user
    os.execv(command[0], command)  # noqa: S606 - becoming that program is the purpose


if __name__ == "__main__":
    become(*sys.argv[1:])
