"""Runs one leg of `make test` and stores its time; without arguments, prints the table of all legs.

    python leg.py NAME COMMAND…

CPU is the CPU time in seconds of the command and of all its descendants that were waited for.
"""

import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

STORED = Path(".cache/legs")
HEAD = ("leg", "outcome", "started after s", "took s", "CPU s")
LIMIT_S = 2700.0
"""Time of a leg: half as much again as the longest on the slowest machine seen. pytest's own limit acts once in a test
and its rerun, and not while the process ends. An installation has none."""
STACKS_S = 3.0
"""Time for the processes of a leg that hangs to print their stacks."""
INTERRUPTED_S = 30.0
"""Time for the processes of a leg to end by themselves after Ctrl-C."""
TRIES = 2
TIMEOUT = 124
"""The exit code of coreutils' `timeout`."""


def run(name: str, command: list[str], limit_s: float = LIMIT_S) -> int:
    """Runs a command, once more if it hangs; returns its exit code, or `TIMEOUT`."""
    STORED.mkdir(parents=True, exist_ok=True)
    began = time.time()
    code = TIMEOUT
    for _ in range(TRIES):
        code = attempt(command, limit_s)
        if code != TIMEOUT:
            break
        _say(f"The leg {name} did not end within {limit_s:.0f} s; above are the stacks of its Python processes.")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    outcome = "passed" if code == 0 else "FAILED"
    row = f"{began} {time.time()} {used.ru_utime + used.ru_stime} {outcome}"
    (STORED / name).write_text(row)
    return code


def attempt(command: list[str], limit_s: float) -> int:
    """Runs a command in a process group of its own, of which nothing is left when this returns or raises."""
    leader = subprocess.Popen(command, process_group=0, env={**os.environ, "PYTHONFAULTHANDLER": "1"})  # noqa: S603 - a line of the Makefile
    try:
        return leader.wait(limit_s)
    except subprocess.TimeoutExpired:
        os.killpg(leader.pid, signal.SIGABRT)
        time.sleep(STACKS_S)
        return TIMEOUT
    except (KeyboardInterrupt, SystemExit):
        os.killpg(leader.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            leader.wait(INTERRUPTED_S)
        raise
    finally:
        with suppress(ProcessLookupError):
            os.killpg(leader.pid, signal.SIGKILL)
        leader.wait()


def table() -> str:
    legs = sorted((*file.read_text().split(), file.name) for file in STORED.iterdir())
    first = float(legs[0][0])
    rows = [
        (name, outcome, f"{float(began) - first:.0f}", f"{float(ended) - float(began):.0f}", f"{float(cpu):.0f}")
        for began, ended, cpu, outcome, name in legs
    ]
    total = max(float(ended) for _, ended, *_ in legs) - first
    rows.append(("total", "", "0", f"{total:.0f}", f"{sum(float(cpu) for _, _, cpu, *_ in legs):.0f}"))
    return "\n".join(f"{a:14} {b:8} {c:>15} {d:>7} {e:>6}" for a, b, c, d, e in (HEAD, *rows))


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the leg ends, too
        sys.exit(run(sys.argv[1], sys.argv[2:]))
    sys.stdout.write(table() + "\n")
