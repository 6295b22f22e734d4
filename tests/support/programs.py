"""Runs programs for tests, each in its own process session, and kills what is left of them at the end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from playhead.config import Settings
from tests.support.waiting import START_S, until

END_S = 60.0


NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
"""With this variable each start of a program would compile all its imports: 4 s of CPU for a web process."""

ABSENT = Path(__file__).with_name("absent")
"""Modules that fail to import, instead of packages that only the tests' frameworks and clients bring: quart-schema
loads them where they are installed, for a sixth of a start."""


def environ(**settings: str) -> dict[str, str]:
    """This process's environment without settings of Playhead, except those given, and without what production lacks.

    A program that needs such a package gets a `PYTHONPATH` of its own.
    """
    dropped = {name.upper() for name in Settings.__struct_fields__} | {NO_BYTECODE}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    bin_folder = str(Path(sys.executable).parent)
    path = os.pathsep.join(filter(None, [str(ABSENT), kept.get("PYTHONPATH", "")]))
    ours = {"PATH": f"{bin_folder}{os.pathsep}{kept['PATH']}", "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
    return kept | ours | settings


class Program:
    """A running program in its own process session, as in a terminal; its output can be read at any time."""

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

    def wait_for(self, words: str, timeout_s: float = START_S) -> None:
        """Waits until `words` are in its standard output or error."""

        def printed() -> bool:
            assert self.process.poll() is None or words in self.out + self.err, f"ended: {self.out}{self.err}"
            return words in self.out + self.err

        until(printed, f"{words!r} in {self.out}{self.err}", timeout_s)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends a signal and waits for the end; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(END_S)

    def kill(self) -> None:
        """Kills what is left of the program and its descendants."""
        left = alive(self.family())
        # The parent first: Gunicorn's starts a child in place of each that ends.
        for pid in sorted(left, key=lambda pid: pid != self.pid):
            with suppress(ProcessLookupError):  # the end of one may end others
                os.kill(pid, signal.SIGKILL)
        self.process.wait(END_S)

    def family(self) -> set[int]:
        """The process ids of the program and all its present descendants."""
        pids = {self.pid}
        while more := {pid for pid, (parent, _) in processes().items() if parent in pids} - pids:
            pids |= more
        return pids


@contextmanager
def program(command: Sequence[str], environ: Mapping[str, str], log: Path) -> Iterator[Program]:
    """Runs a program for the time of the block; kills what is left of it and its descendants then."""
    running = Program(command, environ, log)
    try:
        yield running
    finally:
        running.kill()


def processes() -> dict[int, tuple[int, str]]:
    """The parent and the state of every process, by id."""
    table = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in table.splitlines())
    return {int(pid): (int(parent), state) for pid, parent, state in rows}


def alive(pids: set[int]) -> set[int]:
    """Those of the processes that run; zombies do not count."""
    return {pid for pid, (_, state) in processes().items() if pid in pids and not state.startswith("Z")}


def cpu_s(pid: int) -> float:
    """The seconds of CPU that a process has used so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def decoders(parent: int | None = None) -> set[int]:
    """The decoder processes that this process or `parent` started and did not reap (Linux)."""
    children = Path(f"/proc/{parent or os.getpid()}/task").glob("*/children")
    pids = {int(pid) for listed in children for pid in listed.read_text().split()}
    return {pid for pid in pids if b"playhead.transcription.decoder" in Path(f"/proc/{pid}/cmdline").read_bytes()}


def ready(address: str) -> bool:
    """Whether the web process at an address is ready, with all parts."""
    try:
        # Without a certificate store, whose loading takes sixty times as long as the rest and would slow the start.
        answer = httpx.get(f"{address}/readyz", trust_env=False, verify=False)
    except httpx.TransportError:
        return False
    return answer.is_success and False not in answer.json().values()
