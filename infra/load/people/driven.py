"""Commands another process of a load test: one JSON object a line, each answered by one."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.load.rig import OTHER_CORE, Process, process
from infra.load.server import Readers

ROOT = Path(__file__).parents[3]
LOCUST = ROOT / ".cache" / "load" / "bin" / "python"
"""The Python of the environment that has Locust (`make load` makes it)."""
BYTECODE = "PYTHONDONTWRITEBYTECODE"


class Driven(Readers):
    """A process that answers commands. `ask` raises RuntimeError with the end of its log if it has ended."""

    def __init__(self, running: Process) -> None:
        super().__init__(running)
        self.pids = running.pids


@contextmanager
def driven(module: str, folder: Path, environ: Mapping[str, str], python: Path | str) -> Iterator[Driven]:
    """Runs a module of ours beside the site until the end of the block."""
    settings = {name: value for name, value in environ.items() if name != BYTECODE} | {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"
    }
    with process([python, "-m", module], OTHER_CORE, folder / f"{module}.log", settings) as running:
        yield Driven(running)


@contextmanager
def generator(folder: Path) -> Iterator[Driven]:
    """Runs Locust. Raises RuntimeError if it is not installed."""
    if not LOCUST.exists():
        raise RuntimeError(f"Locust is not installed in {LOCUST.parents[1]}: run `make load`, which does it")
    with driven("infra.load.people.generator", folder, os.environ, LOCUST) as running:
        yield running
