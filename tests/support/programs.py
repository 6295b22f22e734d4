"""Programs for tests: each runs in a session of its own, and what is left of it is killed at the end."""

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
"""Where it is set, each start of a program would compile all that it imports: 4 s of CPU for a web process."""


def environ(**settings: str) -> dict[str, str]:
    """This process's environment with no setting of Playhead's but those given."""
    dropped = {name.upper() for name in Settings.__struct_fields__} | {NO_BYTECODE}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
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


def decoders(parent: int | None = None) -> set[int]:
    """What this process, or another one, started to decode recordings, and did not collect; on Linux."""
    children = Path(f"/proc/{parent or os.getpid()}/task").glob("*/children")
    pids = {int(pid) for listed in children for pid in listed.read_text().split()}
    return {pid for pid in pids if b"playhead.transcription.decoder" in Path(f"/proc/{pid}/cmdline").read_bytes()}


def ready(address: str) -> bool:
    """Whether a web process there says that it is ready, with all parts."""
    try:
        # Without a certificate store, which takes sixty times as long to load as all else here: it starts meanwhile.
        answer = httpx.get(f"{address}/readyz", trust_env=False, verify=False)
    except httpx.TransportError:
        return False
    return answer.is_success and False not in answer.json().values()
