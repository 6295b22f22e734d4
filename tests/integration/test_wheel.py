"""The wheel contains everything that `playhead up` needs.

It is not installed with all of its dependencies: they would have to come from the network once more.
"""

from collections.abc import Set
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest

from playhead.edge import PAGE

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def files(wheel: Path) -> Set[str]:
    """The names of the files in it."""
    with ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


def test_wheel_contains_the_whole_page(files: Set[str]) -> None:
    page = {f"playhead/page/{path.relative_to(PAGE).as_posix()}" for path in PAGE.rglob("*") if path.is_file()}
    assert {"playhead/page/index.html", "playhead/page/docs/index.html"} <= page, "it is built: make page"
    assert page <= files
    for name in ("index.html", "docs/swagger-ui-bundle.js"):
        assert {f"playhead/page/{name}.br", f"playhead/page/{name}.gz"} <= files


def test_wheel_contains_the_files_read_at_run_time(files: Set[str]) -> None:
    assert {"playhead/flags/file/flags.json", "playhead/py.typed", "playhead/migrations/script.py.mako"} <= files
    versions = ROOT.joinpath("src", "playhead", "migrations", "versions").glob("*.py")
    assert {f"playhead/migrations/versions/{path.name}" for path in versions} <= files


def test_wheel_installs_the_command(files: Set[str]) -> None:
    assert "playhead/__main__.py" in files
    assert any(name.endswith(".dist-info/entry_points.txt") for name in files)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in files)


def test_wheel_contains_nothing_else(files: Set[str]) -> None:
    tops = {PurePosixPath(name).parts[0].split("-")[0] for name in files}
    assert tops == {"playhead"}, "no tests, no tools"
    assert not [name for name in files if "test" in PurePosixPath(name).parts or name.endswith((".pyc", ".tsx"))]
