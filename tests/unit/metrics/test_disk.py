"""The gauge of the disk: of local folders alone, by what a program that is not root may still write."""

import os
import shutil
import threading
from pathlib import Path

import pytest

from playhead.config import Settings
from playhead.metrics.disk import KEPT_S, DiskGauge, folders_of, used_ratio
from tests.support.clock import Clock


def test_folders_are_those_of_sqlite_and_of_recordings(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path))
    assert folders_of(settings) == [tmp_path, tmp_path / "audio"]


@pytest.mark.parametrize(
    ("database", "storage", "folders"),
    [
        ("postgresql://db/playhead", "s3://bucket/audio", []),
        ("postgresql://db/playhead", "file:///srv/my%20audio", ["/srv/my audio"]),
        ("sqlite:////srv/playhead.db?timeout=5", "s3://bucket", ["/srv"]),
    ],
)
def test_what_is_elsewhere_has_no_folder(database: str, storage: str, folders: list[str]) -> None:
    found = folders_of(Settings(database_url=database, storage_url=storage))
    assert [str(folder) for folder in found] == folders


def test_share_is_that_of_the_file_system(tmp_path: Path) -> None:
    found = shutil.disk_usage(tmp_path)
    files = os.statvfs(tmp_path)
    by_files = 1 - files.f_ffree / files.f_files if files.f_files else 0.0
    ratio = used_ratio([tmp_path / "made" / "later"])
    assert ratio is not None
    assert ratio == pytest.approx(max(found.used / (found.used + found.free), by_files), abs=0.01)


def test_share_is_that_of_the_fullest(tmp_path: Path) -> None:
    shares = [used_ratio([folder]) for folder in (tmp_path, Path("/proc"), Path("/dev/shm"))]
    assert used_ratio([tmp_path, Path("/proc"), Path("/dev/shm")]) == max(share or 0.0 for share in shares)


def test_nothing_to_measure_has_no_share() -> None:
    assert used_ratio([]) is None
    assert used_ratio([Path("/proc")]) is None  # it has no size


async def test_gauge_has_a_value_while_the_measurement_is_fresh(tmp_path: Path) -> None:
    clock = Clock()
    gauge = DiskGauge([tmp_path], clock)
    assert gauge.read() is None
    await gauge.refresh()
    clock.now += KEPT_S - 1
    assert gauge.read() == pytest.approx(used_ratio([tmp_path]), abs=0.01)
    clock.now += 1
    assert gauge.read() is None


async def test_file_system_that_hangs_takes_one_thread_and_no_value() -> None:
    clock, released, calls = Clock(), threading.Event(), list[int]()

    def hang(_: object) -> float | None:
        calls.append(1)
        released.wait()
        return 0.5

    gauge = DiskGauge([], clock, measure=hang, wait_s=0.01)
    await gauge.refresh()
    await gauge.refresh()
    assert (len(calls), gauge.read()) == (1, None)
    released.set()
    gauge.wait_s = 60.0
    await gauge.refresh()
    assert gauge.read() == 0.5
