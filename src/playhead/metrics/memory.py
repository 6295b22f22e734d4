"""Measures the memory of this process against what it may have: the limit of its container, or the machine's memory."""

import os
from functools import cache
from pathlib import Path

from playhead.metrics.catalog import MEMORY
from playhead.metrics.metrics import Metrics

LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Of a container's control group, in its second and first version. Without a limit there is a word, or a number that
is larger than the machine."""
RESIDENT = Path("/proc/self/statm")


def measure(metrics: Metrics) -> None:
    """Adds the gauge. Without Linux's files it has no value."""
    metrics.gauge(MEMORY, _share)


def limit_bytes(limits: tuple[Path, ...] = LIMITS) -> int:
    """The least of the limits and the machine's memory."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([machine, *(limit for path in limits if (limit := _number(path)))])


@cache
def _limit() -> int:
    return limit_bytes()


def _number(path: Path) -> int:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return 0


def _share() -> float | None:
    try:
        pages = int(RESIDENT.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / _limit()
