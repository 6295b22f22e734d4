"""Bytecode is compiled at set-up and at the installation of the wheel, also with PYTHONDONTWRITEBYTECODE."""

import subprocess
import sys
import sysconfig
from importlib.util import cache_from_source
from pathlib import Path

import pytest

PACKAGES = Path(sysconfig.get_path("purelib"))
ROOT = Path(__file__).parents[2]
LONGEST_S = 300


def uncompiled(folder: Path) -> list[Path]:
    """The modules in a folder that have no bytecode beside them."""
    modules = [module for module in folder.rglob("*.py") if "tests" not in module.parts]
    assert modules, folder
    return [module for module in modules if not Path(cache_from_source(module)).exists()]


@pytest.mark.parametrize("package", ["sqlalchemy", "celery", "quart"])
def test_setup_compiles_packages_that_no_test_imports(package: str) -> None:
    assert uncompiled(PACKAGES / package) == []


def test_setup_compiles_the_project_itself() -> None:
    assert uncompiled(ROOT / "src" / "playhead") == [], "make setup compiles it"


def test_installing_the_wheel_compiles_it(wheel: Path, tmp_path: Path) -> None:
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", "installed"]
    environ = {"PYTHONDONTWRITEBYTECODE": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    subprocess.run([*install, str(wheel)], cwd=tmp_path, env=environ, check=True, timeout=LONGEST_S)
    assert uncompiled(tmp_path / "installed" / "playhead") == []
