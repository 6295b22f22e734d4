"""How long a start takes: the web process alone, and all of `playhead up` on data that is there already."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

RUNS = 3


def main() -> None:
    with tempfile.TemporaryDirectory() as data, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environ = os.environ | {"DATA_DIR": data, "PORT": str(port)}
        start(environ, "up", f"http://127.0.0.1:{port}/readyz")
        for command, path, goal_s in (("web", "healthz", 1.5), ("up", "readyz", 5.0)):
            times = sorted(start(environ, command, f"http://127.0.0.1:{port}/{path}") for _ in range(RUNS))
            print(f"playhead {command:4} until /{path:8} {times[RUNS // 2]:.2f} s (goal: below {goal_s} s)")  # noqa: T201


def start(environ: dict[str, str], command: str, url: str) -> float:
    """Seconds from the start of the process to the first good answer; the process is ended again."""
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "playhead", command],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None and not answers(url):
            time.sleep(0.01)
        assert process.returncode is None, "it ended by itself"
        return time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own address
            return True
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    main()
