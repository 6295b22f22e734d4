"""Builds the wheel, and installs it as somebody does who wants the live status alone: `pip install playhead`."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.programs import environ

ROOT = Path(__file__).parents[2]
LONGEST_S = 300
TESTS_LONGEST_S = 3000
"""A deadline: the kernel's tests take 40 s on two idle cores."""
TOOLS = "tests"
"""The folder of an environment in which infra/setup/venv.sh installs what runs tests there."""
OLDEST = Path(sys.prefix, "oldest")
"""The folder in which it installs the oldest versions that are allowed, beside this environment's packages."""


def build_wheel(folder: Path) -> Path:
    """Builds the wheel into a folder, as `make wheel` does."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=LONGEST_S)
    (wheel,) = folder.glob("playhead-*.whl")
    return wheel


def install_kernel(wheel: Path, folder: Path) -> Path:
    """Installs the wheel and the dependencies that it names into a new environment; returns its Python.

    The versions are those of requirements.txt. From the network comes only what uv's cache has not.
    """
    settings = environ(UV=str(Path(sys.executable).with_name("uv")), WHEEL=str(wheel))
    command = ["bash", "infra/setup/venv.sh", str(folder), sys.executable, "kernel", "kernel-tests"]
    done = _run(command, settings, LONGEST_S)
    assert done.returncode == 0, done.stderr
    return folder / "bin" / "python"


def run_alone(
    command: Sequence[str | Path], path: Sequence[Path] = (), timeout_s: float = LONGEST_S
) -> subprocess.CompletedProcess[str]:
    """Runs a program with these folders as its PYTHONPATH, and nothing else of this environment."""
    settings = environ(PYTHONPATH=os.pathsep.join(map(str, path)))
    return _run(command, settings, timeout_s)


def run_tests(
    kernel_python: Path, tests: Sequence[str], instead: Sequence[Path] = (), timeout_s: float = TESTS_LONGEST_S
) -> subprocess.CompletedProcess[str]:
    """Runs tests with the Python of `install_kernel`.

    Args:
        tests: their files, relative to the project's folder.
        instead: folders whose packages take the place of the installed ones, such as `OLDEST`.
    """
    tools = kernel_python.parents[1] / TOOLS
    # -P: the wheel's modules, and none that lie in the working folder.
    command = [str(kernel_python), "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    return run_alone(command, [*instead, tools], timeout_s)


def _run(
    command: Sequence[str | Path], settings: Mapping[str, str], timeout_s: float
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=timeout_s, check=False
    )
