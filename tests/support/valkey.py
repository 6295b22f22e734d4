"""Runs a Valkey server for tests, which can be killed, hung and started again."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playhead.parent_death import bound_to_parent
from playhead.up import valkey as embedded
from tests.support.ports import free_port
from tests.support.programs import Program, environ
from tests.support.waiting import until

SERVER = "REDIS_SERVER"
"""The variable with the program of another server, for example `/usr/bin/redis-server`, to test against that."""


class Valkey:
    """An embedded Valkey that keeps its port when it is killed and started, but no data."""

    def __init__(self, folder: Path) -> None:
        self._valkey = embedded.prepare(folder, port=free_port())
        other = os.environ.get(SERVER)
        self._command = bound_to_parent([other, str(folder / "valkey.conf")]) if other else self._valkey.command
        self._log = folder / "log"
        self._running: Program | None = None

    @property
    def url(self) -> str:
        return self._valkey.url

    @property
    def port(self) -> int:
        return self._valkey.port

    def url_at(self, port: int) -> str:
        """Its URL with another port, that of a relay."""
        return self.url.replace(f":{self.port}/", f":{port}/")

    def start(self) -> None:
        """Starts the server unless it runs."""
        if self._running is not None:
            return
        self._running = Program(self._command, environ(), self._log)
        until(self._valkey.answers, "Valkey answers")

    def kill(self) -> None:
        """Ends the server with SIGKILL; its data is lost."""
        if self._running is not None:
            self._running.end(signal.SIGKILL)
            self._running = None

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Stops the process with SIGSTOP: it accepts connections, but does not answer."""
        assert self._running is not None
        os.kill(self._running.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._running.pid, signal.SIGCONT)


@contextmanager
def valkey(folder: Path) -> Iterator[Valkey]:
    """Runs a server with its data in `folder`."""
    server = Valkey(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
