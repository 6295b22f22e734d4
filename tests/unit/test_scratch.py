import os
import subprocess
import sys
from pathlib import Path

from playhead.scratch import FRESH_S, PREFIX, clear, copy_of

KILLED = """
import os, pathlib, signal, sys
from playhead.scratch import copy_of
with copy_of([b"sound"], pathlib.Path(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def make_old(path: Path) -> None:
    moment = path.stat().st_mtime - 2 * FRESH_S
    os.utime(path, (moment, moment))


def test_copy_of_a_killed_worker_is_deleted(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False)
    (left,) = tmp_path.iterdir()
    assert left.read_bytes() == b"sound"
    assert clear(tmp_path) == 0, "it may be another worker's that is only beginning"
    make_old(left)
    assert clear(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_copy_in_use_and_other_files_are_kept(tmp_path: Path) -> None:
    other = tmp_path / "audio-of-another-program"
    other.touch()
    make_old(other)
    with copy_of([b"so", b"und"], tmp_path / "new") as path:
        make_old(path)
        assert clear(tmp_path / "new") == clear(tmp_path) == 0
        assert path.read_bytes() == b"sound"
    assert not path.exists()
    assert other.exists()
    assert clear(tmp_path / "not there") == 0
    assert path.name.startswith(PREFIX)


def test_fifo_and_link_are_kept_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f"{PREFIX}fifo")
    (tmp_path / "elsewhere").touch()
    (tmp_path / f"{PREFIX}link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / f"{PREFIX}folder").mkdir()
    for path in tmp_path.iterdir():
        make_old(path)
    assert clear(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 4
