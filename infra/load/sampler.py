"""Reads CPU time and memory of a process and its descendants from `/proc`: exact counters of the kernel."""

from pathlib import Path

PROC = Path("/proc")


def family(pid: int) -> list[int]:
    """Lists the process and all its present descendants."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (stat := _read(entry / "stat")):
            parent = int(stat.rsplit(")", 1)[1].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    found, pending = [], [pid]
    while pending:
        found.append(pending.pop())
        pending += children.get(found[-1], [])
    return found


def pss_kb(pids: list[int]) -> int:
    """Proportional set size in kB: shared pages are divided among their processes, so that it can be summed."""
    rollups = [_read(PROC / str(pid) / "smaps_rollup") for pid in pids]
    lines = (line for rollup in rollups for line in rollup.splitlines() if line.startswith("Pss:"))
    return sum(int(line.split()[1]) for line in lines)


def rss_kb(pids: list[int]) -> int:
    """Resident memory in kB, with all of the pages that other processes have as well, as in a container of its own."""
    statuses = [_read(PROC / str(pid) / "status") for pid in pids]
    lines = (line for status in statuses for line in status.splitlines() if line.startswith("VmRSS:"))
    return sum(int(line.split()[1]) for line in lines)


def cpu_s(pids: list[int]) -> float:
    """CPU seconds so far, from `schedstat` in nanoseconds: `/proc/PID/stat` counts in ticks of 10 ms."""
    schedstats = (thread / "schedstat" for pid in pids for thread in _threads(pid))
    return sum(int(stat.split()[0]) for path in schedstats if (stat := _read(path))) / 1e9


def send_queues(port: int) -> list[int]:
    """Bytes in the kernel's send queue for each client connected to a local port."""
    waiting = []
    for row in _read(PROC / "net" / "tcp").splitlines()[1:]:
        _, local, _, state, queues = row.split()[:5]
        if int(local.rpartition(":")[2], 16) == port and state == "01":
            waiting.append(int(queues.partition(":")[0], 16))
    return waiting


def _threads(pid: int) -> list[Path]:
    try:
        return list((PROC / str(pid) / "task").iterdir())
    except OSError:
        return []


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended meanwhile
        return ""
