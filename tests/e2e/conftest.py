"""The whole of Playhead, started as a person starts it, in an empty data folder and on a free port."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

READY = re.compile(r"^Playhead is ready: (http://\S+)$")
START_S = 60
STOP_S = 30


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Playhead with the small English model; stopped by SIGTERM."""
    with running(tmp_path_factory.mktemp("data"), MODEL="tiny.en") as address:
        yield address


@contextlib.contextmanager
def running(data: Path, **settings: str) -> Iterator[str]:
    environ = os.environ | {"DATA_DIR": str(data), "PORT": str(free_port())} | settings
    environ.pop("REDIS_URL", None)
    log = (data / "up.log").open("wb")
    up = subprocess.Popen(
        [sys.executable, "-m", "playhead", "up"], env=environ, stdout=subprocess.PIPE, stderr=log, text=True
    )
    silent = threading.Timer(START_S, up.kill)
    silent.start()
    try:
        assert up.stdout is not None
        found = next((match for line in up.stdout if (match := READY.match(line.strip()))), None)
        silent.cancel()
        assert found, (data / "up.log").read_text()
        yield found[1]
    finally:
        silent.cancel()
        up.send_signal(signal.SIGTERM)
        up.communicate(timeout=STOP_S)
        log.close()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
