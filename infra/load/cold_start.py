"""Measures the CPU time of a start, in loops, and the time until all of Playhead is ready.

A loop is ten million additions in a function on the same Python, timed beside each start: what slows one slows both, so
that machines can be compared.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playhead.up import valkey
from playhead.up.folder import free_port

RUNS = 9
UP_RUNS = 3
UP_GOAL_S = 5.0
CHECK_INTERVAL_S = 0.01
END_S = 60.0


@dataclass(frozen=True, slots=True)
class Start:
    """A command, and the condition for being started."""

    command: str
    until: str
    started: Callable[["subprocess.Popen[bytes]", int], object]
    goal: float
    """At most this many loops."""


def main() -> None:
    with tempfile.TemporaryDirectory() as data:
        server = valkey.prepare(Path(data) / "broker")
        broker = subprocess.Popen(server.command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
        try:
            wait_for(server.answers)
            environ = os.environ | {"DATA_DIR": data, "REDIS_URL": server.url}
            for start in STARTS:
                tell_cpu(start, environ)
        finally:
            broker.terminate()
            broker.wait(END_S)
        tell_up(data)


def tell_cpu(start: Start, environ: dict[str, str]) -> None:
    cpu_s(start, environ)  # warm-up: creates and compiles what is kept
    turns = [(loop_s(), cpu_s(start, environ)) for _ in range(RUNS)]
    ratio = median(cost / loop for loop, cost in turns)
    seconds, loop = median(cost for _, cost in turns), median(loop for loop, _ in turns)
    print(  # noqa: T201
        f"playhead {start.command:10} until {start.until:15} {ratio:.2f} loops of CPU (goal: at most {start.goal});"
        f" {seconds:.2f} s, a loop {loop:.2f} s"
    )


def cpu_s(start: Start, environ: dict[str, str]) -> float:
    """CPU seconds of the process, without its children; it is ended as soon as it has started."""
    port = free_port()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "playhead", *start.command.split()],
        env=environ | {"PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    start.started(process, port)
    assert process.returncode is None, "it ended by itself"
    os.kill(process.pid, signal.SIGKILL)
    _, process.returncode, used = os.wait4(process.pid, 0)
    assert process.stderr is not None
    process.stderr.close()
    return used.ru_utime + used.ru_stime


def answers_who_am_i(process: "subprocess.Popen[bytes]", port: int) -> None:
    wait_for(lambda: process.poll() is not None or answered(f"http://127.0.0.1:{port}/api/v1/me"))


def says_ready(process: "subprocess.Popen[bytes]", _: int) -> None:
    assert process.stderr is not None
    assert any(b"ready" in line for line in process.stderr), "it ended by itself"


def ends(process: "subprocess.Popen[bytes]", _: int) -> None:
    ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert ended is not None
    assert ended.si_status == 0, process.stderr and process.stderr.read()


STARTS = (
    Start("web", "its first answer", answers_who_am_i, 3.5),
    Start("worker", "it is ready", says_ready, 3.5),
    Start("flags list", "its end", ends, 0.8),
)


def loop_s() -> float:
    """CPU seconds of ten million additions."""

    def add() -> None:
        total = 0
        for number in range(10_000_000):
            total += number

    began = time.process_time()
    add()
    return time.process_time() - began


def tell_up(data: str) -> None:
    environ = os.environ | {"DATA_DIR": data}
    times = [up_s(environ) for _ in range(1 + UP_RUNS)][1:]  # the first one is the warm-up
    print(f"playhead up until it is ready {median(times):.2f} s (goal: below {UP_GOAL_S} s)")  # noqa: T201


def up_s(environ: dict[str, str]) -> float:
    """Seconds from the start of `playhead up` until it is ready; it is then ended."""
    port, began = free_port(), time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "playhead", "up"],
        env=environ | {"PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: process.poll() is not None or answered(f"http://127.0.0.1:{port}/readyz"))
        return time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_S) == 0, "it ended by itself"


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + END_S
    while not condition():
        assert time.monotonic() < deadline, "it did not start in time"
        time.sleep(CHECK_INTERVAL_S)


def answered(url: str) -> bool:
    """Whether the server answers, also with 401; 503 means not yet."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own address
            return True
    except urllib.error.HTTPError as error:
        return error.code == 401
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    main()
