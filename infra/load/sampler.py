"""Reads CPU time and memory of a process and its descendants from `/proc`: exact counters of the kernel."""

import os
from pathlib import Path

PROC = Path("/proc")
SOCKET_CACHES = ("TCP", "sock_inode_cache", "filp", "eventpoll_epi", "ep_head", "lsm_inode_cache", "lsm_file_cache")
"""Where the kernel keeps what belongs to a socket, with its file and its place in an epoll. Its name (`dentry`) is in a
cache that files of all other programs fill, too."""


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


def reaped_s(pid: int) -> float:
    """CPU seconds of the children of a process that have ended, in ticks of 10 ms."""
    fields = _read(PROC / str(pid) / "stat").rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def sockets(proc: Path = PROC) -> tuple[int, int]:
    """The machine's open TCP sockets, and the bytes that the kernel keeps for them.

    Where only root may see its caches, these are all bytes of all caches: the growth is still that of the sockets, as
    long as nobody opens many files meanwhile.
    """
    counts = next(line.split() for line in _read(proc / "net" / "sockstat").splitlines() if line.startswith("TCP:"))
    found = dict(zip(counts[1::2], map(int, counts[2::2]), strict=True))
    rows = (line.split() for line in _read(proc / "slabinfo").splitlines()[2:])
    caches = {row[0]: (int(row[1]), int(row[3])) for row in rows}
    if caches:
        held = sum(count * size for count, size in (caches[name] for name in SOCKET_CACHES if name in caches))
        held += found["inuse"] * caches["dentry"][1]
    else:
        lines = _read(proc / "meminfo").splitlines()
        held = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Slab:"))
    return found["inuse"], held + found["mem"] * os.sysconf("SC_PAGE_SIZE")


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
