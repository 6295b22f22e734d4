"""A process that ends together with the one that started it, however that one ends.

This file stands alone, with the standard library only: Valkey is started through it, by its path
(`python -I -S tie.py PROGRAM ARGUMENT…`), and becomes the program.
"""

import ctypes
import os
import signal
import sys
import threading
import time

STARTER = "PLAYHEAD_UP_PID"
"""The variable that tells a part the process id of the `playhead up` it belongs to."""
PR_SET_PDEATHSIG = 1
"""Linux: `prctl` with it asks the kernel for a signal at the parent's end; it outlives `exec`, not `fork`."""
LOOK_S = 1.0
"""How often a system without that call looks whether the parent is still there."""


def end_with_starter(how: signal.Signals = signal.SIGKILL) -> None:
    """End with `playhead up` if it started this process; else do nothing."""
    starter = os.environ.get(STARTER)
    if starter:
        end_with(int(starter), how)


def end_with(parent: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Send this process the signal `how` when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)
    else:
        threading.Thread(target=watch, args=(parent, how), daemon=True).start()
    if os.getppid() != parent:  # it ended before the kernel was asked
        os.kill(os.getpid(), how)


def watch(parent: int, how: signal.Signals, look_s: float = LOOK_S) -> None:
    """Look every `look_s` seconds for the parent, and end this process once it is gone."""
    while os.getppid() == parent:
        time.sleep(look_s)
    os.kill(os.getpid(), how)


if __name__ == "__main__":
    end_with_starter(signal.SIGTERM)  # Valkey writes its last second of data on SIGTERM
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - becoming that program is the purpose
