"""`pip install playhead` is the live kernel alone: few packages, little space, a command that says what to add."""

from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from playhead.__main__ import OF_THE_APP
from tests.support.wheel import OLDEST, run_alone, run_tests

PACKAGES = {"playhead", "msgspec", "redis", "hiredis"}
FOR_OLD_PYTHON = {"async-timeout"}
"""A dependency of redis-py before Python 3.11.3."""
PACKAGES_MAX = 6
DISK_MAX = 21_000_000
"""Bytes on disk of all that is installed, some 20.4 MB: with bytecode, the built page, and the product's modules, which
the wheel carries as well."""
TESTS = ["tests/unit/live"]
SOME = [f"tests/unit/live/test_{name}.py" for name in ("live_names", "nothing_is_lost", "asgi", "publisher", "task")]
"""All public names, and the way from a task to a reader. `make units` runs the others with these versions, too."""
ADVICE = "pip install 'playhead[app]'"


@pytest.fixture(scope="module")
def packages(kernel_python: Path) -> Path:
    (folder,) = kernel_python.parents[1].glob("lib/python*/site-packages")
    return folder


@pytest.fixture(scope="module")
def installed(packages: Path) -> dict[str, Distribution]:
    return {found.name: found for found in distributions(path=[str(packages)])}


def test_few_packages_are_installed(installed: dict[str, Distribution]) -> None:
    assert installed.keys() - FOR_OLD_PYTHON == PACKAGES
    assert len(installed) <= PACKAGES_MAX


def test_disk_that_is_used_is_small(packages: Path) -> None:
    assert (packages / "playhead" / "page" / "index.html").is_file()
    assert list(packages.glob("redis/__pycache__/*.pyc")), "pip compiles as well"
    assert sum(file.lstat().st_blocks * 512 for file in packages.rglob("*")) <= DISK_MAX


def test_adapters_add_one_package_each(installed: dict[str, Distribution]) -> None:
    requirements = [Requirement(line) for line in installed["playhead"].requires or ()]
    for extra, adapted in {"quart": {"quart"}, "unleash": {"unleashclient"}}.items():
        added = {each.name for each in requirements if each.marker and each.marker.evaluate({"extra": extra})}
        assert added == adapted


@pytest.mark.parametrize("arguments", [[], ["up"], ["--version"]], ids=" ".join)
@pytest.mark.parametrize("command", [["playhead"], ["python", "-m", "playhead"]], ids=" ".join)
def test_command_says_what_to_install(command: list[str], arguments: list[str], kernel_python: Path) -> None:
    done = run_alone([kernel_python.with_name(command[0]), *command[1:], *arguments])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Run: {ADVICE}. This command needs {', '.join(OF_THE_APP)}.\n"


def test_command_says_it_where_another_package_brought_click(kernel_python: Path, tmp_path: Path) -> None:
    """As Celery and uvicorn do."""
    click = find_spec("click")
    assert click is not None
    assert click.origin is not None
    tmp_path.joinpath("click").symlink_to(Path(click.origin).parent)
    done = run_alone([kernel_python, "-m", "playhead", "worker"], [tmp_path])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Run: {ADVICE}. This command needs {', '.join(OF_THE_APP[1:])}.\n"


@pytest.mark.parametrize(
    ("tests", "instead"), [pytest.param(SOME, [], id="newest"), pytest.param(TESTS, [OLDEST], id="oldest")]
)
def test_tests_pass_with_these_versions(tests: list[str], instead: list[Path], kernel_python: Path) -> None:
    done = run_tests(kernel_python, tests, instead)
    assert done.returncode == 0, done.stdout + done.stderr


def test_oldest_versions_are_those_allowed(installed: dict[str, Distribution]) -> None:
    requirements = [Requirement(line) for line in installed["playhead"].requires or ()]
    least = {
        each.name: bound.version
        for each in requirements
        if not each.marker
        for bound in each.specifier
        if bound.operator == ">="
    }
    oldest = {found.name: found.version for found in distributions(path=[str(OLDEST)])}
    assert {name: Version(oldest[name]) for name in least} == {name: Version(text) for name, text in least.items()}
