"""Runs Prometheus against processes of a test, and asks it."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from infra.prometheus import servers

from tests.support.ports import free_port
from tests.support.programs import environ, program
from tests.support.waiting import until

SCRAPED_EVERY = "2s"
"""Also the timeout of a scrape: processes start on a busy machine."""
ANSWERED_S = 5.0


@cache
def programs() -> servers.Programs:
    """The programs, which are installed if they are missing."""
    found = servers.programs(install=True)
    assert found is not None, "Prometheus or Alertmanager is missing"
    return found


class Prometheus:
    """A running Prometheus."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/api/v1"

    def ask(self, path: str, **parameters: str) -> Any:
        """The data of an answer, which must be a success."""
        answer = httpx.get(f"{self._url}/{path}", params=parameters, trust_env=False, timeout=ANSWERED_S)
        assert answer.json()["status"] == "success", answer.text
        return answer.json()["data"]

    def query(self, expression: str) -> list[Any]:
        """The series of an expression now."""
        found: list[Any] = self.ask("query", query=expression)["result"]
        return found

    def states(self) -> dict[str, str]:
        """The state of each alert: `inactive`, `pending` or `firing`."""
        groups = self.ask("rules", type="alert")["groups"]
        return {rule["name"]: rule["state"] for group in groups for rule in group["rules"]}

    def value(self, expression: str) -> float | None:
        """The value of an expression with one series; None while there is none."""
        found = self.query(expression)
        return float(found[0]["value"][1]) if found else None


@contextmanager
def prometheus(
    folder: Path,
    ports: Mapping[str, int],
    token: str,
    *,
    rules: Sequence[Path] = (),
    alertmanager: servers.Server | None = None,
) -> Iterator[Prometheus]:
    """Runs one that scrapes `/metrics` at these ports of this machine, by kind of process, with a bearer token."""
    targets = {kind: [f"127.0.0.1:{port}"] for kind, port in ports.items()}
    more: dict[str, Any] = {"token": token, "rules": rules, "alertmanager": alertmanager}
    server = servers.prometheus(folder, free_port(), programs(), targets=targets, every=SCRAPED_EVERY, **more)
    with program(server.command, environ(), folder / "log") as running:
        until(server.ready, f"Prometheus answers: {running.err}")
        yield Prometheus(server.url)


def complaints(metrics: str) -> str:
    """What `promtool check metrics` says of a text of metrics."""
    return promtool("check", "metrics", given=metrics)[1]


def promtool(*arguments: str | Path, given: str = "") -> tuple[int, str]:
    """The exit code of promtool, and what it printed."""
    command = [programs().promtool, *map(str, arguments)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
