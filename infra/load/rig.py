"""Runs processes that are pinned to a core and always ended, and a Redis for the run."""

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.load import sampler

from playhead.up import valkey
from playhead.up.folder import free_port

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, OTHER_CORE = CORES[0], CORES[-1]
"""The server has a core of its own; the load, the publisher and Redis share another, if there is one."""
NICE = os.environ.get("BENCH_NICE", "0")
"""With -10 other jobs of the machine affect latencies less; it needs root, so it is not the default."""
START_S, END_S, CHECK_INTERVAL_S = 30.0, 15.0, 0.02
REDIS = "--save '' --appendonly no --bind 127.0.0.1 --maxclients 18000 --tcp-backlog 2048 --loglevel warning"
"""In memory only, because the disk is not measured. The naive recipes need a connection for each stream."""


def prioritize() -> None:
    """Gives this process, the first of a session, the priority of a run."""
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(
            NICE
        )  # where the scheduler groups by session, `nice` alone does nothing
        os.nice(int(NICE))


class Process:
    """A program in its own session, pinned to one core."""

    def __init__(
        self, command: Sequence[str | Path], core: int, log: Path, environ: Mapping[str, str] | None = None
    ) -> None:
        def settle() -> None:
            os.sched_setaffinity(0, {core})
            prioritize()

        self.log = log
        with log.open("ab") as output:
            self.popen = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                env=environ,
                cwd=Path(__file__).parents[2],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                start_new_session=True,
                preexec_fn=settle,  # noqa: PLW1509 - no thread of ours holds a lock here
                text=True,
            )

    @property
    def pids(self) -> list[int]:
        return sampler.family(self.popen.pid)

    def signal_and_wait(self, number: int = signal.SIGTERM, timeout_s: float = END_S) -> float:
        """Sends a signal and returns the seconds until the end; kills it and its children after the timeout."""
        family, began = self.pids, time.monotonic()
        if self.popen.poll() is None:
            self.popen.send_signal(number)
        try:
            self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            for pid in family:
                _kill(pid)
            self.popen.wait()
        return time.monotonic() - began

    def end(self) -> None:
        family = self.pids
        self.signal_and_wait(timeout_s=3)
        for pid in family[1:]:
            _kill(pid)
        for pipe in (self.popen.stdin, self.popen.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):  # it ended before it read its input
                pipe.close()


@contextmanager
def process(
    command: Sequence[str | Path], core: int, log: Path, environ: Mapping[str, str] | None = None
) -> Iterator[Process]:
    """Runs a program during the block."""
    running = Process(command, core, log, environ)
    try:
        yield running
    finally:
        running.end()


class Rig:
    """A run: its folder, its Redis, and the environment of its programs."""

    def __init__(self, folder: Path, redis_port: int, redis: Process) -> None:
        self.folder = folder
        self.redis_port = redis_port
        self.redis = redis
        self.environ = dict(os.environ) | {"PYTHONDONTWRITEBYTECODE": "1", "REDIS_PORT": str(redis_port)}

    def ask(self, *words: str | int) -> bytes:
        """Sends one command to Redis and returns its answer unparsed, which must be small."""
        with socket.create_connection(("127.0.0.1", self.redis_port)) as connection:
            connection.sendall(command(*words))
            answer = connection.recv(1 << 20)
            if answer.startswith(b"*"):  # a list arrives in pieces: read until it pauses
                connection.settimeout(0.3)
                try:
                    while more := connection.recv(1 << 20):
                        answer += more
                except TimeoutError:
                    pass
        return answer


def command(*words: str | int | bytes) -> bytes:
    """Encodes a command in Redis's protocol."""
    encoded = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    """Starts the rig of a run, with the Redis server on the PATH, or else Playhead's embedded one."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    binary, port = shutil.which("redis-server") or valkey.binary(), free_port()
    options = [option.strip("'") for option in REDIS.split()]
    with process([binary, "--port", str(port), "--dir", folder, *options], OTHER_CORE, folder / "redis.log") as redis:
        answers(port, redis)
        yield Rig(folder, port, redis)


def answers(port: int, of: Process) -> None:
    """Waits until the process listens at the port. Raises RuntimeError with the end of its log if it does not."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and of.popen.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(CHECK_INTERVAL_S)
        else:
            return
    raise RuntimeError(f"no server listens at port {port}: {of.log.read_text()[-1500:]}")


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
