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
"""The environment variable with the process id of the `playhead up` that started a part."""
PR_SET_PDEATHSIG = 1
"""Linux: `prctl` with it makes the kernel send a signal when the parent ends; kept on `exec`, not on `fork`."""
CHECK_INTERVAL_S = 1.0
"""Interval between two checks for the parent, on a system without `prctl`."""


def end_with_starter(how: signal.Signals = signal.SIGKILL) -> None:
    """Makes this process end with the `playhead up` that started it; does nothing if none did."""
    starter = os.environ.get(STARTER)
    if starter:
        end_with(int(starter), how)


def end_with(parent: int, how: signal.Signals = signal.SIGKILL, interval_s: float = CHECK_INTERVAL_S) -> None:
    """Arranges that this process gets the signal `how` when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)
    else:
        threading.Thread(target=watch, args=(parent, how, interval_s), daemon=True).start()
    if os.getppid() != parent:  # it ended before `prctl`
        os.kill(os.getpid(), how)


def watch(parent: int, how: signal.Signals, interval_s: float = CHECK_INTERVAL_S) -> None:
    """Checks every `interval_s` seconds for the parent, and ends this process once it is gone."""
    while os.getppid() == parent:
        time.sleep(interval_s)
    os.kill(os.getpid(), how)


def bound_to_parent(
    command: Sequence[str], *, how: signal.Signals = signal.SIGTERM, user: str | None = None
) -> list[str]:
    """Makes a command line that runs `command` and sends it the signal `how` when `playhead up` ends.

    Args:
        command: the program, by its absolute path, and its arguments.
        how: the signal.
        user: the account to run as; only root may choose one.
    """
    return [sys.executable, "-I", "-S", __file__, how.name, user or "", *command]


def become(how: str, user: str, *command: str) -> NoReturn:
    """Replaces this process by `command`, for `bound_to_parent`."""
    if user:
        import pwd  # only where it is needed: it delays the start a little

        who = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(who.pw_gid)
        os.setuid(who.pw_uid)
    end_with_starter(signal.Signals[how])  # last: a change of user clears it in the kernel
    os.execv(command[0], command)  # noqa: S606 - running that program is the purpose


if __name__ == "__main__":
    become(*sys.argv[1:])
