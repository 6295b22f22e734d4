"""Real parts for tests: processes that are ended by their id, a Valkey, a PostgreSQL, an Unleash."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from infra.stack import postgres as postgresql
from infra.stack import unleash as flag_server

from playhead.config import Settings
from playhead.up import valkey as embedded

START_S = 60.0
"""Two busy cores and a cold disk: a start that takes longer is broken."""
END_S = 60.0
LOOK_S = 0.05


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
            with suppress(ProcessLookupError):  # they end each other, too
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


def ready(address: str) -> bool:
    """Whether a web process there says that it is ready."""
    try:
        # Without a certificate store, which takes sixty times as long to load as all else here: it starts meanwhile.
        return httpx.get(f"{address}/readyz", trust_env=False, verify=False).is_success
    except httpx.TransportError:
        return False


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

    def __init__(self, server: postgresql.Postgres) -> None:
        self._server = server
        self._running: Program | None = None

    @property
    def url(self) -> str:
        return self._server.url()

    def database(self, name: str) -> str:
        """The URL of a database of this name beside the first one, made if it is not there."""
        self._server.create(name)
        return self._server.url(name)

    def start(self) -> None:
        log = self._server.folder / "log"
        self._running = Program(self._server.command, self._server.environ, log)
        until(self._server.answers, f"PostgreSQL accepts: {log.with_suffix('.err')}")

    def stop(self) -> None:
        """It does not wait for clients to leave."""
        if self._running is not None:
            self._running.end(postgresql.STOP_SIGNAL)
            self._running = None


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """An empty database that runs, and may be stopped and started."""
    # Not under pytest's folder, which only we may enter: as root PostgreSQL runs as somebody else.
    with tempfile.TemporaryDirectory(prefix="playhead-postgres-") as folder:
        server = Postgres(postgresql.prepare(Path(folder), hasty=True))
        try:
            server.start()
            yield server
        finally:
            server.stop()


class Unleash:
    """An Unleash server that keeps its port, its tokens and its data over its lives. SIGSTOP to `program`: it hangs."""

    username = flag_server.USERNAME
    environment = flag_server.ENVIRONMENT

    def __init__(self, server: flag_server.Unleash, **more: str) -> None:
        self._server = server
        self._environ = {**server.environ, **more}
        self.url = server.url
        self.database_url = server.database_url
        self.password = server.secrets.password
        self.backend_token = server.secrets.backend_token
        self.frontend_token = server.secrets.frontend_token
        self.program: Program

    @property
    def personal_token(self) -> str:
        """Of the admin's, with which everything may be done through the Admin API, imports too."""
        return self._server.personal_token()

    def import_flags(self, export: Mapping[str, Any]) -> None:
        """As `ServerStore.bring` does, which asks several times around it, and so takes longer."""
        asked = {"project": "default", "environment": self.environment, "data": export}
        url, headers = f"{self.url}/api/admin/features-batch/import", {"Authorization": self.personal_token}
        answer = httpx.post(url, headers=headers, json=asked, timeout=END_S, trust_env=False)
        assert answer.is_success, answer.text

    def start(self) -> None:
        self.program = Program(self._server.command, self._environ, self._server.folder / "unleash")

        def ready() -> bool:
            assert self.program.process.poll() is None, f"Unleash ended: {self.program.out}{self.program.err}"
            return self._server.ready()

        until(ready, "Unleash is ready")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Also one that was made to hang."""
        if self.program.process.poll() is None:
            self.program.process.send_signal(number)
            self.program.process.send_signal(signal.SIGCONT)
        self.program.process.wait(END_S)


@contextmanager
def unleash(folder: Path, **more: str) -> Iterator[Unleash]:
    """A running Unleash without flags, on a PostgreSQL of its own, with `more` settings; its log is in `folder`."""
    with postgres_server() as database:
        server = Unleash(flag_server.prepare(folder, database.database("unleash")), **more)
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGKILL)
