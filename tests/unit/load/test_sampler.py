"""What is read from the kernel's counters."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from infra.load import sampler

SOCKSTAT = "sockets: used 40\nTCP: inuse 10 orphan 0 tw 3 alloc 12 mem 2\nUDP: inuse 0 mem 7\n"
SLABINFO = """\
slabinfo - version: 2.1
# name <active_objs> <num_objs> <objsize>
TCP 10 16 2368 8 4
filp 500 500 192 8 4
dentry 90000 90000 192 8 4
ext4_inode_cache 70000 70000 1128 8 4
"""


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "sockstat").write_text(SOCKSTAT)
    (tmp_path / "meminfo").write_text("MemTotal: 900 kB\nSlab: 300 kB\n")
    return tmp_path


def test_memory_of_sockets_is_that_of_their_caches_and_buffers(proc: Path) -> None:
    (proc / "slabinfo").write_text(SLABINFO)
    buffers = 2 * os.sysconf("SC_PAGE_SIZE")
    assert sampler.sockets(proc) == (10, 10 * 2368 + 500 * 192 + 10 * 192 + buffers)


def test_memory_of_sockets_is_that_of_all_caches_where_only_root_sees_each(proc: Path) -> None:
    assert sampler.sockets(proc) == (10, 300 * 1024 + 2 * os.sysconf("SC_PAGE_SIZE"))


def test_sockets_of_this_machine_can_be_read() -> None:
    count, held = sampler.sockets()
    assert count >= 0
    assert held > 0


def test_cpu_time_of_children_that_ended_is_counted() -> None:
    before = sampler.reaped_s(os.getpid())
    subprocess.run([sys.executable, "-c", "sum(range(10_000_000))"], check=True)
    assert sampler.reaped_s(os.getpid()) > before
