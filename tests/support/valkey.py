"""A Valkey server for tests, which may be killed, hung and started again."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playhead.parent_death import bound_to_parent
from playhead.up import valkey as embedded
from tests.support.programs import Program, environ
from tests.support.waiting import until

SERVER = "REDIS_SERVER"
"""Names the program of another server, such as `/usr/bin/redis-server`, to run the same tests against it."""


class Valkey:
    """An embedded Valkey that keeps its port over its lives, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._valkey = embedded.prepare(folder)
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
        """Its address for whoever reaches it by another port, that of a relay."""
        return self.url.replace(f":{self.port}/", f":{port}/")

    def start(self) -> None:
        """Unless it runs already."""
        if self._running is not None:
            return
        self._running = Program(self._command, environ(), self._log)
        until(self._valkey.answers, "Valkey answers")

    def kill(self) -> None:
        """As a crash does: with SIGKILL, and what it held is lost."""
        if self._running is not None:
            self._running.end(signal.SIGKILL)
            self._running = None

    @contextmanager
    def hung(self) -> Iterator[None]:
        """It is there and takes connections, but does not answer."""
        assert self._running is not None
        os.kill(self._running.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._running.pid, signal.SIGCONT)


@contextmanager
def valkey(folder: Path) -> Iterator[Valkey]:
    """One that runs for the time of the block, with its data in `folder`."""
    server = Valkey(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
