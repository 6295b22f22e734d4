"""A PostgreSQL server for tests, in a temporary folder."""

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.stack import postgres as postgresql

from tests.support.programs import Program
from tests.support.waiting import until


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
        """Unless it runs already."""
        if self._running is not None:
            return
        log = self._server.folder / "log"
        self._running = Program(self._server.command, self._server.environ, log)
        until(self._server.answers, f"PostgreSQL accepts: {log.with_suffix('.err')}")

    def stop(self, how: signal.Signals = postgresql.STOP_SIGNAL) -> None:
        """It does not wait for clients to leave; with SIGKILL it crashes."""
        if self._running is not None:
            self._running.end(how)
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
