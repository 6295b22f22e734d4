"""A PostgreSQL server for tests, in a temporary folder."""

import secrets
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from infra.stack import postgres as postgresql
from psycopg import sql
from sqlalchemy.engine import make_url

from tests.support.programs import Program
from tests.support.waiting import until


class Postgres:
    """A PostgreSQL server that keeps its port and its data when it is stopped and started."""

    def __init__(self, server: postgresql.Postgres) -> None:
        self._server = server
        self._running: Program | None = None

    @property
    def url(self) -> str:
        return self._server.url()

    def database(self, name: str) -> str:
        """Creates a database of this name if it is missing; returns its URL."""
        self._server.create(name)
        return self._server.url(name)

    @contextmanager
    def narrow(self, connections: int) -> Iterator[str]:
        """Creates a database and a role that may have `connections` connections; yields the URL for them."""
        name = f"narrow_{secrets.token_hex(4)}"
        role = sql.Identifier(name)
        with psycopg.connect(self.url, autocommit=True) as admin:
            create = "CREATE ROLE {} LOGIN PASSWORD 'narrow' CONNECTION LIMIT {}"
            admin.execute(sql.SQL(create).format(role, sql.Literal(connections)))
            self.database(name)
            admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(role, role))
            yield make_url(self.url).set(username=name, password="narrow", database=name).render_as_string(False)
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(role))
            admin.execute(sql.SQL("DROP ROLE {}").format(role))

    def start(self) -> None:
        """Starts the server unless it runs."""
        if self._running is not None:
            return
        log = self._server.folder / "log"
        self._running = Program(self._server.command, self._server.environ, log)
        until(self._server.answers, f"PostgreSQL accepts: {log.with_suffix('.err')}")

    def stop(self, how: signal.Signals = postgresql.STOP_SIGNAL) -> None:
        """Stops the server without waiting for clients; with SIGKILL it crashes."""
        if self._running is not None:
            self._running.end(how)
            self._running = None


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Runs a server with an empty database."""
    # Not under pytest's folder, which only this user may enter: under root PostgreSQL runs as another user.
    with tempfile.TemporaryDirectory(prefix="playhead-postgres-") as folder:
        server = Postgres(postgresql.prepare(Path(folder), durable=False))
        try:
            server.start()
            yield server
        finally:
            server.stop()
