"""The gauge of memory: what a process has of what it may have."""

import os
from pathlib import Path

import pytest

from playhead.metrics import memory
from playhead.metrics.catalog import MEMORY
from playhead.metrics.metrics import Metrics

MACHINE = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize(
    ("text", "limit"), [("1000000\n", 1_000_000), ("max\n", MACHINE), (f"{2**63}", MACHINE), ("", MACHINE)]
)
def test_limit_is_that_of_the_container_if_it_has_one(tmp_path: Path, text: str, limit: int) -> None:
    file = tmp_path / "memory.max"
    file.write_text(text)
    assert memory.limit_bytes((tmp_path / "missing", file)) == limit


def test_share_of_this_process_is_above_0_and_at_most_1() -> None:
    metrics = Metrics()
    memory.measure(metrics)
    share = metrics.read()[MEMORY.name][""]
    assert isinstance(share, float)
    assert 0 < share <= 1
