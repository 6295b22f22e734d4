"""Runs an Unleash server for tests, with its own PostgreSQL server."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from infra.stack import unleash as flag_server

from tests.support.ports import free_port
from tests.support.postgres import postgres_server
from tests.support.programs import END_S, Program
from tests.support.waiting import until

UNLEASH_START_S = 180.0
"""A start takes 15 s of CPU, and other test runs share the two cores."""


class Unleash:
    """An Unleash server that keeps its port, its tokens and its data when it is stopped and started."""

    username = flag_server.USERNAME
    environment = flag_server.ENVIRONMENT

    def __init__(self, server: flag_server.Unleash, **more: str) -> None:
        self._server = server
        self._environ = {**server.environ, **more}
        self.url = server.url
        self.database_url = server.database_url
        self.password = server.secrets.password
        self.backend_token = server.secrets.backend_token
        self.frontend_token = server.secrets.frontend_token
        self.program: Program

    @property
    def personal_token(self) -> str:
        """A token of the admin, which allows everything in the Admin API."""
        return self._server.personal_token()

    def import_flags(self, export: Mapping[str, Any]) -> None:
        """Imports flags with one request; `UnleashStore.bring` makes several and takes longer."""
        body = {"project": "default", "environment": self.environment, "data": export}
        url, headers = f"{self.url}/api/admin/features-batch/import", {"Authorization": self.personal_token}
        answer = httpx.post(url, headers=headers, json=body, timeout=END_S, trust_env=False)
        assert answer.is_success, answer.text

    def start(self) -> None:
        self.program = Program(self._server.command, self._environ, self._server.folder / "unleash")

        def ready() -> bool:
            assert self.program.process.poll() is None, f"Unleash ended: {self.program.out}{self.program.err}"
            return self._server.ready()

        until(ready, "Unleash is ready", UNLEASH_START_S)

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Stops the process with SIGSTOP: it accepts connections, but does not answer."""
        os.kill(self.program.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.program.pid, signal.SIGCONT)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ends the server, also while it hangs."""
        if self.program.process.poll() is None:
            self.program.process.send_signal(number)
            self.program.process.send_signal(signal.SIGCONT)
        self.program.process.wait(END_S)


@contextmanager
def unleash(folder: Path, **more: str) -> Iterator[Unleash]:
    """Runs an Unleash without flags, with `more` settings; its log is in `folder`."""
    with postgres_server() as database:
        server = Unleash(flag_server.prepare(folder, database.database("unleash"), port=free_port()), **more)
        try:
            server.start()
            yield server
        finally:
            server.stop(signal.SIGKILL)
