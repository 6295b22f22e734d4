"""Runs one leg of `make test` and stores its time; without arguments, prints the table of all legs.

    python leg.py NAME COMMAND…

CPU is the CPU time in seconds of the command and of all its descendants that were waited for.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

STORED = Path(".cache/legs")
HEAD = ("leg", "outcome", "started after s", "took s", "CPU s")


def run(name: str, command: list[str]) -> int:
    STORED.mkdir(parents=True, exist_ok=True)
    began = time.time()
    code = subprocess.call(command)  # noqa: S603 - a line of the Makefile
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    outcome = "passed" if code == 0 else "FAILED"
    row = f"{began} {time.time()} {used.ru_utime + used.ru_stime} {outcome}"
    (STORED / name).write_text(row)
    return code


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


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(run(sys.argv[1], sys.argv[2:]))
    sys.stdout.write(table() + "\n")
