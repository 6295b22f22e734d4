"""The wheel contains everything that `playhead up` needs.

It is not installed here: what it stands on would have to come from the network once more.
"""

import subprocess
import sys
from collections.abc import Set
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest

from playhead.edge import PAGE

ROOT = Path(__file__).parent.parent.parent
LONGEST_S = 60


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Set[str]:
    """The names of the files in a wheel that is built as by `make wheel`."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=LONGEST_S)
    (built,) = folder.glob("playhead-*.whl")
    with ZipFile(built) as archive:
        return frozenset(archive.namelist())


def test_wheel_contains_the_whole_page(wheel: Set[str]) -> None:
    page = {f"playhead/page/{path.relative_to(PAGE).as_posix()}" for path in PAGE.rglob("*") if path.is_file()}
    assert {"playhead/page/index.html", "playhead/page/docs/index.html"} <= page, "it is built: make page"
    assert page <= wheel
    for name in ("index.html", "docs/swagger-ui-bundle.js"):
        assert {f"playhead/page/{name}.br", f"playhead/page/{name}.gz"} <= wheel


def test_wheel_contains_the_files_read_at_run_time(wheel: Set[str]) -> None:
    assert {"playhead/flags/file/flags.json", "playhead/py.typed", "playhead/migrations/script.py.mako"} <= wheel
    versions = ROOT.joinpath("src", "playhead", "migrations", "versions").glob("*.py")
    assert {f"playhead/migrations/versions/{path.name}" for path in versions} <= wheel


def test_wheel_installs_the_command(wheel: Set[str]) -> None:
    assert "playhead/__main__.py" in wheel
    assert any(name.endswith(".dist-info/entry_points.txt") for name in wheel)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel)


def test_wheel_contains_nothing_else(wheel: Set[str]) -> None:
    tops = {PurePosixPath(name).parts[0].split("-")[0] for name in wheel}
    assert tops == {"playhead"}, "no tests, no tools"
    assert not [name for name in wheel if "test" in PurePosixPath(name).parts or name.endswith((".pyc", ".tsx"))]
